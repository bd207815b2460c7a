Attribute VB_Name = "XlalmCore"
Option Explicit
Option Private Module ' not offered to cells

' What every =ALM_...() formula goes through. The functions themselves are in XlalmFunctions, which is generated from
' the Python functions; here a call goes to Python, and a failure becomes a real #VALUE! instead of text. The line that
' says why is found by =ALM_WHY(cell).

Private Const MODULE_NAME As String = "xlalm_udfs"
Private Const FAILURE_MARK As String = "#XLALM!"
Private Const VALUE_ERROR As Long = 2015 ' xlErrValue

' Lines of failures that never reached Python, by the address of the cell. Failures in Python are remembered there.
Private failureLines As Collection

' xlwings' Python process, as long as it answers: finding it reads the configuration many times.
Private server As Object

Public Function CallFormula(ByVal functionName As String, arguments As Variant) As Variant
    Dim cell As String
    Dim answer As Variant

    cell = CallingCell()
    Forget cell
    On Error GoTo failed
    answer = CallPython(functionName, arguments)
    If IsFailure(answer) Then
        CallFormula = CVErr(VALUE_ERROR)
    Else
        CallFormula = answer
    End If
    Exit Function
failed:
    Remember cell, functionName & ": " & ReasonFor(Err.Description)
    CallFormula = CVErr(VALUE_ERROR)
End Function

Public Function ReasonOf(cell As Variant, arguments As Variant) As Variant
    ' =ALM_WHY(cell): a line that only VBA knows comes first; Python knows the others.
    Dim reason As String

    reason = Recall(CellAddress(cell))
    If reason = "" Then
        ReasonOf = CallFormula("ALM_WHY", arguments)
    Else
        ReasonOf = reason
    End If
End Function

Public Function MissingPython() As String
    ' The line that says what to do where there is no Python to call; empty where there is one.
    Dim interpreter As String

    #If Mac Then
        interpreter = GetConfig("INTERPRETER_MAC", "")
    #Else
        interpreter = GetConfig("INTERPRETER_WIN", "")
        If interpreter <> "" And InStr(interpreter, "\") > 0 Then
            If Not FileExists(interpreter) Then
                MissingPython = "xlalm's Python is not where its configuration says (" & interpreter & "). " & Cure()
                Exit Function
            End If
        End If
    #End If
    If interpreter = "" Then
        MissingPython = "xlalm's configuration is missing (" & GetConfigFilePath() & "). " & Cure()
    End If
End Function

Public Function Cure() As String
    Cure = "In the xlalm folder run: python installer doctor, which says what is wrong, " & _
        "or: python installer install, which sets it up again."
End Function

Private Function CallPython(ByVal functionName As String, arguments As Variant) As Variant
    #If Mac Then
        Err.Raise 1001, "xlalm", "formulas need Excel on Windows; on a Mac use the ALM ribbon"
    #Else
        If Not server Is Nothing Then
            On Error Resume Next
            CallPython = server.CallUDF(MODULE_NAME, functionName, arguments, ThisWorkbook, Application.Caller)
            If Err.Number = 0 Then Exit Function
            On Error GoTo 0
        End If
        Set server = XLPy ' the first call, or the process has ended
        CallPython = server.CallUDF(MODULE_NAME, functionName, arguments, ThisWorkbook, Application.Caller)
    #End If
End Function

Private Function ReasonFor(ByVal description As String) As String
    ' On Windows a missing Python explains most, whatever the error says.
    #If Mac Then
        ReasonFor = description
    #Else
        On Error Resume Next
        ReasonFor = MissingPython()
        If ReasonFor = "" Then ReasonFor = "Python could not be called (" & description & "). " & Cure()
    #End If
End Function

Private Function IsFailure(answer As Variant) As Boolean
    If VarType(answer) = vbString Then IsFailure = (Left$(answer, Len(FAILURE_MARK)) = FAILURE_MARK)
End Function

Private Function CallingCell() As String
    On Error Resume Next ' called from code there is no cell
    CallingCell = CellAddress(Application.Caller)
End Function

Private Function CellAddress(cell As Variant) As String
    On Error Resume Next ' text or a number instead of a cell
    CellAddress = cell.Cells(1, 1).Address(External:=True)
End Function

Private Sub Remember(ByVal cell As String, ByVal reason As String)
    If cell = "" Then Exit Sub
    If failureLines Is Nothing Then Set failureLines = New Collection
    failureLines.Add reason, cell
End Sub

Private Sub Forget(ByVal cell As String)
    If failureLines Is Nothing Then Exit Sub
    On Error Resume Next ' most cells never failed
    failureLines.Remove cell
End Sub

Private Function Recall(ByVal cell As String) As String
    If failureLines Is Nothing Then Exit Function
    On Error Resume Next
    Recall = failureLines.Item(cell)
End Function
