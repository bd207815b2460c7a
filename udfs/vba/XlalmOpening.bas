Attribute VB_Name = "XlalmOpening"
Option Explicit
Option Private Module ' not offered to cells

' What happens when the add-in or a workbook opens.

Private Const HELP_SHEET As String = "functions"
Private Const CATEGORY As String = "ALM"

Private described As Boolean

Public Sub DescribeFunctions()
    ' Once: gives each function its description, category and argument help in Excel's Insert Function dialog. Excel
    ' does not describe functions of a hidden workbook, and an add-in is one: it stops being an add-in for the moment
    ' this takes, but not before there is another workbook, so that Excel still opens with its own empty one.
    Dim wasUpdating As Boolean

    If described Or ActiveWorkbook Is Nothing Then Exit Sub
    described = True
    wasUpdating = Application.ScreenUpdating
    On Error Resume Next ' whatever happens, Excel is left as it was
    Application.ScreenUpdating = False
    Application.EnableEvents = False
    ThisWorkbook.IsAddin = False
    DescribeAll ThisWorkbook.Worksheets(HELP_SHEET).UsedRange.Value
    ThisWorkbook.IsAddin = True
    ThisWorkbook.Saved = True
    Application.EnableEvents = True
    Application.ScreenUpdating = wasUpdating
End Sub

Private Sub DescribeAll(help As Variant)
    Dim row As Long

    For row = LBound(help, 1) + 1 To UBound(help, 1)
        DescribeFunction help, row
    Next row
End Sub

Private Sub DescribeFunction(help As Variant, ByVal row As Long)
    ' A row is the function's name, its description, and one description for each argument.
    Dim macroName As String
    Dim texts As Variant

    On Error Resume Next ' a function without help is better than none
    macroName = "'" & ThisWorkbook.Name & "'!" & help(row, 1)
    texts = ArgumentTexts(help, row)
    If IsEmpty(texts) Then
        Application.MacroOptions Macro:=macroName, Description:=help(row, 2), Category:=CATEGORY
    Else
        Application.MacroOptions Macro:=macroName, Description:=help(row, 2), Category:=CATEGORY, _
            ArgumentDescriptions:=texts
    End If
End Sub

Private Function ArgumentTexts(help As Variant, ByVal row As Long) As Variant
    ' Empty where the function takes no argument.
    Dim texts() As String
    Dim count As Long
    Dim column As Long

    For column = 3 To UBound(help, 2)
        If help(row, column) <> "" Then
            ReDim Preserve texts(0 To count)
            texts(count) = help(row, column)
            count = count + 1
        End If
    Next column
    If count > 0 Then ArgumentTexts = texts
End Function

Public Sub PointLinksHere(ByVal book As Object, ByVal addin As String)
    ' A workbook from another machine names the add-in by that machine's path; its formulas mean this one.
    Dim links As Variant
    Dim link As Variant
    Dim wasSaved As Boolean

    On Error Resume Next ' a protected workbook keeps its links: its formulas then show the last values
    links = book.LinkSources(1) ' xlExcelLinks
    If IsEmpty(links) Then Exit Sub
    wasSaved = book.Saved
    For Each link In links
        If IsOtherCopy(link, addin) Then book.ChangeLink link, addin, 1 ' xlLinkTypeExcelLinks
    Next link
    book.Saved = wasSaved
End Sub

Private Function IsOtherCopy(ByVal link As String, ByVal addin As String) As Boolean
    IsOtherCopy = (LCase$(FileName(link)) = LCase$(FileName(addin))) And (LCase$(link) <> LCase$(addin))
End Function

Private Function FileName(ByVal path As String) As String
    ' A link may have been written on Windows, on a Mac or on a server.
    path = Replace(Replace(path, "/", "\"), ":", "\")
    FileName = Mid$(path, InStrRev(path, "\") + 1)
End Function
