Attribute VB_Name = "XlalmRibbon"
Option Explicit

' What the buttons of the ALM tab do. A button's tag is its verb and, after a bar, the tables that the open workbook
' must hold: "solve|Positions,Goals". The tab itself is generated from the registry of verbs.

Private ribbon As IRibbonUI
Private knownTables As String

Public Sub OnLoad(loaded As IRibbonUI)
    Set ribbon = loaded
End Sub

Public Sub OnAction(control As IRibbonControl)
    Dim obstacle As String

    obstacle = MissingPython()
    If obstacle <> "" Then
        Tell obstacle
        Exit Sub
    End If
    On Error GoTo failed
    If ActiveWorkbook Is Nothing Then Workbooks.Add ' Python is told which workbook asks
    RunPython "import xlalm.ribbon; xlalm.ribbon.click('" & Part(control.Tag, 0) & "')"
    TablesMayHaveChanged
    Exit Sub
failed:
    Tell "xlalm could not start (" & Err.Description & "). " & Cure()
End Sub

Public Sub GetEnabled(control As IRibbonControl, ByRef enabled As Variant)
    Dim table As Variant

    enabled = True
    For Each table In Split(Part(control.Tag, 1), ",")
        If InStr(knownTables, "|" & LCase$(table) & "|") = 0 Then enabled = False
    Next table
End Sub

Public Sub TablesMayHaveChanged()
    ' Events call this often: the ribbon is asked to look again only where the list of tables differs.
    Dim found As String

    On Error GoTo failed
    found = TablesOf(ActiveWorkbook)
    If found = knownTables Then Exit Sub
    knownTables = found
    If Not ribbon Is Nothing Then ribbon.Invalidate
failed:
End Sub

Private Function TablesOf(ByVal book As Object) As String
    ' Names in lower case between bars: "|positions|goals|".
    Dim sheet As Object
    Dim table As Object

    TablesOf = "|"
    If book Is Nothing Then Exit Function
    For Each sheet In book.Worksheets
        For Each table In sheet.ListObjects
            TablesOf = TablesOf & LCase$(table.Name) & "|"
        Next table
    Next sheet
End Function

Private Function Part(ByVal tag As String, ByVal number As Long) As String
    Dim parts As Variant

    parts = Split(tag, "|")
    If UBound(parts) >= number Then Part = parts(number)
End Function

Private Sub Tell(ByVal message As String)
    MsgBox message, vbExclamation, "xlalm"
End Sub
