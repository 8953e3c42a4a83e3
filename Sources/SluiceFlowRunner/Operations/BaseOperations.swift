/// Operations of OO's Base pack that real flows call most, by the ids and names proven there (oo-content-pack.md
/// section 7).
///
/// The pack itself was not found, so their finer points are inferred; each says which.
public enum BaseOperations {
    /// UUID Generator: field `resultString`.
    public static let uuidGenerator = "fcf29035-446d-4868-b2e5-50e3dd0cbd0a"
    /// String Equals: responses `true` and `false`.
    public static let stringEquals = "7c2f47aa-a4b3-4a7d-b3d4-007f285f7d29"
    /// Check Null: responses `isNull` and `notNull`.
    public static let checkNull = "b9997f7f-d19c-4dc6-acc4-fa91a8644a38"
    /// Do Nothing: field `returnResult` is its input `field1`.
    public static let doNothing = "ddd79f22-8b1e-4605-88d5-d912bb2da2b9"
    /// Set Flow Variable: sets the variable that `keyName` names to `myValue`.
    public static let setFlowVariable = "f3112e9d-ed88-47bf-be86-2f99e8541a33"
    /// Counter: field `resultString`; responses `has more`, `no more`, `failure`.
    public static let counter = "c62eeb58-f329-4ae3-b336-54bdc5c9f3d6"
    /// List Iterator: field `resultString`; responses `has more`, `no more`, `failure`.
    public static let listIterator = "cd75ca75-e64e-4b1e-9fe9-8dbc76f03865"
    /// Get Value from Object: fields `returnResult` and `Result`.
    public static let getValueFromObject = "61fc6fd2-7d5c-4d5c-aaa9-71c8250310f2"
    /// Sleep: advances the virtual clock.
    public static let sleep = "d1bbf441-824a-450e-afae-2ddec0e0f35e"
    /// Http Client (v2.0), any method.
    public static let httpClient = "c18c55a3-157d-42b2-bf0e-947feaed89bb"

    static let success = "success"
    static let failure = "failure"
    static let hasMore = "has more"
    static let noMore = "no more"

    /// The operations as a table.
    ///
    /// - Parameters:
    ///   - http: Sends what Http Client is asked; without it, nothing answers for that operation.
    ///   - nextUUID: What UUID Generator gives next.
    public static func table(
        http: (any HTTPPerformer)? = nil, nextUUID: @escaping @Sendable () -> String
    ) -> OperationTable {
        var table = OperationTable()
        table[uuidGenerator] = { _ in OperationAnswer(success, results: ["resultString": nextUUID()]) }
        table[stringEquals] = { OperationAnswer(areEqual($0) ? "true" : "false") }
        table[checkNull] = { OperationAnswer(isNull($0) ? "isNull" : "notNull") }
        table[doNothing] = { OperationAnswer(success, results: ["returnResult": $0["field1"]]) }
        table[setFlowVariable] = { OperationAnswer(success, variables: [$0["keyName"]: $0["myValue"]]) }
        table[counter] = { count($0) }
        table[listIterator] = { iterate($0) }
        table[getValueFromObject] = { member($0) }
        table[sleep] = { slept($0) }
        if let http { table[httpClient] = { await HTTPOperation.answer($0, http) } }
        return table
    }

    private static func areEqual(_ call: OperationCall) -> Bool {
        guard isTrue(call["ignoreCase"]) else {
            return call["string1"].unicodeScalars.elementsEqual(call["string2"].unicodeScalars)
        }
        return call["string1"].lowercased().unicodeScalars.elementsEqual(call["string2"].lowercased().unicodeScalars)
    }

    /// `keyName` is the name of a flow variable; that an empty one counts as null is inferred from `trimSpaces`.
    private static func isNull(_ call: OperationCall) -> Bool {
        guard let value = call.variables[call["keyName"]] else { return true }
        return isTrue(call["trimSpaces"]) ? value.trimmed.isEmpty : value.isEmpty
    }

    /// Counts virtually: nothing waits.
    private static func slept(_ call: OperationCall) -> OperationAnswer {
        guard let seconds = Double(call["seconds"].trimmed), seconds.isFinite, seconds >= 0 else {
            return OperationAnswer(failure, results: ["exception": "seconds is no number of seconds"])
        }
        return OperationAnswer(success, sleptSeconds: seconds)
    }

    static func isTrue(_ text: String) -> Bool { text.trimmed.lowercased() == "true" }
}
