' Scenes for test_addin_in_basic.py. Each "===" begins a module of its own; FakeX is a class.

' === FakeControl
Option ClassModule
Public Tag As String

' === FakeRibbon
Option ClassModule
Public Count As Long
Public Sub Invalidate()
    Count = Count + 1
End Sub

' === FakeTable
Option ClassModule
Public Name As String

' === FakeSheet
Option ClassModule
Public ListObjects As Collection
Private Sub Class_Initialize()
    Set ListObjects = New Collection
End Sub

' === FakeBook
Option ClassModule
Public Worksheets As Collection
Public Saved As Boolean
Public Links As Variant
Public Changed As String
Public Refuses As Boolean
Private Sub Class_Initialize()
    Set Worksheets = New Collection
    Saved = True
End Sub
Public Function LinkSources(kind)
    LinkSources = Links
End Function
Public Sub ChangeLink(oldName, newName, kind)
    If Refuses Then Err.Raise 1004, "Excel", "the workbook is protected"
    Saved = False
    Changed = Changed & oldName & " -> " & newName & vbLf
End Sub

' === FakeBooks
Option ClassModule
Public Sub Add()
    Set ActiveWorkbook = New FakeBook
End Sub

' === FakeCell
Option ClassModule
Public Place As String
Public Function Cells(row, column) As Object
    Set Cells = Me
End Function
Public Function Address(Optional External) As String
    Address = Place
End Function

' === FakeApplication
Option ClassModule
Public Caller As Object
Public ScreenUpdating As Boolean
Public EnableEvents As Boolean
Public Described As String
Public Workbooks As Collection
Private Sub Class_Initialize()
    Set Workbooks = New Collection
    ScreenUpdating = True
    EnableEvents = True
End Sub
Public Sub MacroOptions(Optional Macro, Optional Description, Optional Category, Optional ArgumentDescriptions)
    If ThisWorkbook.IsAddin Then Err.Raise 1004, "Excel", "Cannot edit a macro on a hidden workbook"
    Described = Described & Macro & ": " & Description & " [" & Category & "]"
    If Not IsMissing(ArgumentDescriptions) Then Described = Described & " " & Join(ArgumentDescriptions, ", ")
    Described = Described & vbLf
End Sub

' === FakeAddin
Option ClassModule
Public IsAddin As Boolean
Public Saved As Boolean
Public Name As String
Public FullName As String
Public UsedRange As Object
Public Value As Variant
Private Sub Class_Initialize()
    IsAddin = True
    Name = "xlalm.xlam"
    FullName = "C:\Own\xlalm.xlam"
    Set UsedRange = Me
End Sub
Public Function Worksheets(sheetName) As Object
    If sheetName <> "functions" Then Err.Raise 9
    Set Worksheets = Me
End Function

' === FakeServer
Option ClassModule
Public Asked As String
Public Answer As Variant
Public Fault As String
Public Calls As Long
Public Function CallUDF(moduleName, functionName, arguments, book, caller)
    Calls = Calls + 1
    Asked = moduleName & "." & functionName & " with " & (UBound(arguments) + 1)
    If Not caller Is Nothing Then Asked = Asked & " from " & caller.Place
    If Fault <> "" Then Err.Raise 1000, "server", Fault
    CallUDF = Answer
End Function

' === Excel
Public ActiveWorkbook As Object
Public Application As Object
Public ThisWorkbook As Object
Public Workbooks As New FakeBooks
Public Process As Object
Public Interpreter As String
Public Commands As String
Public Notices As String
Public Refusal As String
Public Activations As Long

Public Sub RunPython(command)
    If Refusal <> "" Then Err.Raise 1000, "xlwings", Refusal
    Commands = Commands & command & vbLf
End Sub
Public Function GetConfig(key, Optional default)
    If Interpreter <> "" Then GetConfig = Interpreter Else GetConfig = default
End Function
Public Function GetConfigFilePath()
    GetConfigFilePath = "HOME/.xlalm/xlalm.conf"
End Function
Public Function XLPy()
    Activations = Activations + 1
    Set XLPy = Process
End Function
Public Sub Notice(message, title)
    Notices = Notices & title & ": " & message & vbLf
End Sub

' === Scenes
Private Function BookWith(tables) As Object
    Dim book As Object
    Dim sheet As Object
    Dim table As Object
    Dim name
    Set book = New FakeBook
    Set sheet = New FakeSheet
    book.Worksheets.Add sheet
    Set sheet = New FakeSheet
    For Each name In Split(tables, ",")
        Set table = New FakeTable
        table.Name = name
        sheet.ListObjects.Add table
    Next name
    book.Worksheets.Add sheet
    Set BookWith = book
End Function

Function Click(tag, python, refused)
    Dim control As New FakeControl
    Interpreter = python
    Refusal = refused
    control.Tag = tag
    OnAction control
    Click = Array(Commands, Notices, ActiveWorkbook Is Nothing)
End Function

Function Enabled(tag, tables)
    Dim control As New FakeControl
    Dim answer
    Set ActiveWorkbook = BookWith(tables)
    TablesMayHaveChanged
    control.Tag = tag
    GetEnabled control, answer
    Enabled = answer
End Function

Function Invalidations(books)
    ' How often the ribbon was asked to look again after each of several workbooks became active, each twice.
    Dim ribbon As New FakeRibbon
    Dim tables
    OnLoad ribbon
    For Each tables In Split(books, ";")
        Set ActiveWorkbook = BookWith(tables)
        TablesMayHaveChanged
        TablesMayHaveChanged
    Next tables
    Set ActiveWorkbook = Nothing
    TablesMayHaveChanged
    Invalidations = ribbon.Count
End Function

Private Sub Serve(python, answer, fault)
    Dim cell As New FakeCell
    Set Application = New FakeApplication
    cell.Place = "[bank.xlsx]Rates!$B$2"
    Set Application.Caller = cell
    If Process Is Nothing Then Set Process = New FakeServer
    Process.Answer = answer
    Process.Fault = fault
    Interpreter = python
End Sub

Private Function Shown(value)
    If IsError(value) Then Shown = CStr(value) Else Shown = value
End Function

Function Formula(answer, fault, python)
    ' What the cell shows, and what was asked of Python.
    Serve python, answer, fault
    Formula = Array(Shown(ALM_PRICE(1, 2, 3)), Process.Asked)
End Function

Function Spilled()
    Dim values(1, 1)
    Dim cell
    values(0, 0) = 1
    values(1, 1) = "#XLALM! inside"
    Serve "python", values, ""
    cell = ALM_PRICE(1, 2, 3)
    Spilled = Array(UBound(cell, 1), UBound(cell, 2), cell(0, 0), cell(1, 1))
End Function

Function Why(answer, fault, python, place)
    ' What ALM_WHY says of a cell after the formula above was computed in its own.
    Dim cell As New FakeCell
    Serve python, answer, fault
    Shown ALM_PRICE(1, 2, 3)
    Serve "python", "from Python", ""
    Application.Caller.Place = "[bank.xlsx]Rates!$C$2"
    cell.Place = place
    Why = ALM_WHY(cell)
End Function

Function WhyAfterCure()
    Dim cell As New FakeCell
    Serve "python", 0, "gone"
    Shown ALM_PRICE(1, 2, 3)
    Serve "python", 1, ""
    Shown ALM_PRICE(1, 2, 3)
    cell.Place = Application.Caller.Place
    Serve "python", "from Python", ""
    WhyAfterCure = ALM_WHY(cell)
End Function

Function Restarted()
    ' Three formulas; the Python process ends after the second, and xlwings starts another.
    Dim first As Object
    Serve "python", 1, ""
    ALM_PRICE 1, 2, 3
    ALM_PRICE 1, 2, 3
    Set first = Process
    first.Fault = "The remote procedure call failed"
    Set Process = New FakeServer
    Process.Answer = 2
    Restarted = Array(Shown(ALM_PRICE(1, 2, 3)), Activations, first.Calls, Process.Calls)
End Function

Function WithoutCell()
    ' Called from code: there is no calling cell.
    Serve "python", 2.5, ""
    Set Application.Caller = Nothing
    WithoutCell = Array(Shown(ALM_PRICE(1, 2, 3)), Process.Asked)
End Function

Private Function Help()
    Dim rows(1 To 3, 1 To 4)
    rows(1, 1) = "function"
    rows(2, 1) = "ALM_PRICE"
    rows(2, 2) = "Price"
    rows(2, 3) = "first"
    rows(2, 4) = "second"
    rows(3, 1) = "ALM_VERSION"
    rows(3, 2) = "Version"
    Help = rows
End Function

Function Described(times, hasBook, hasHelp)
    Dim i
    Set Application = New FakeApplication
    Set ThisWorkbook = New FakeAddin
    If hasHelp Then ThisWorkbook.Value = Help()
    If hasBook Then Set ActiveWorkbook = New FakeBook
    For i = 1 To times
        DescribeFunctions
    Next i
    Described = Array(Application.Described, ThisWorkbook.IsAddin, ThisWorkbook.Saved, Application.EnableEvents, _
        Application.ScreenUpdating)
End Function

Function Repointed(links, refused)
    Dim book As New FakeBook
    If links <> "" Then book.Links = Split(links, ";")
    book.Refuses = refused
    PointLinksHere book, "C:\Own\xlalm.xlam"
    Repointed = Array(book.Changed, book.Saved)
End Function

Function Opened(eventName)
    ' What has happened after Excel raised an event of the add-in or of a workbook that is linked to another copy.
    Dim events As New AddinEvents
    Dim ribbon As New FakeRibbon
    Dim book As Object
    Set Application = New FakeApplication
    Set ThisWorkbook = New FakeAddin
    ThisWorkbook.Value = Help()
    Set book = BookWith("Positions")
    book.Links = Array("D:\Theirs\xlalm.xlam")
    Application.Workbooks.Add book
    Set ActiveWorkbook = book
    OnLoad ribbon
    Select Case eventName
        Case "Workbook_Open": events.Workbook_Open
        Case "WorkbookOpen": events.host_WorkbookOpen book
        Case "WorkbookActivate": events.host_WorkbookActivate book
        Case "SheetActivate": events.host_SheetActivate book
        Case "SheetChange": events.host_SheetChange book, book
    End Select
    Opened = Array(Application.Described <> "", book.Changed <> "", ribbon.Count)
End Function
