/// An operation of OO's Base pack that real flows call, known by its UUID (oo-content-pack.md section 7).
///
/// The pack itself is not at hand: names and responses are those that flows of others use.
public struct BaseOperation: Hashable, Sendable {
    /// UUID, lowercase.
    public let id: String
    public let name: String
    /// Responses that flows branch on.
    public let responses: [String]

    /// The operation with a UUID, in any case; nil when it is not a known one.
    public static func named(_ id: String) -> BaseOperation? { byID[id.lowercased()] }

    private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
    private static let ends = ["success", "failure"]
    private static let iterates = ["has more", "no more", "failure"]

    /// All that are known.
    public static let all: [BaseOperation] = [
        BaseOperation(id: "c18c55a3-157d-42b2-bf0e-947feaed89bb", name: "Http Client", responses: ends),
        BaseOperation(id: "ab413782-7e23-41a7-85a7-79f543cf8858", name: "Http Client Get", responses: ends),
        BaseOperation(id: "3e4ddaf8-c20d-48b7-8f05-3dd74cac2643", name: "Http Client Get (v1)", responses: ends),
        BaseOperation(id: "f82f462e-b17e-4565-a423-0521a851f968", name: "Http Client Put (v1)", responses: ends),
        BaseOperation(id: "dc278be5-3c54-4640-bc57-971e9a1b15c5", name: "JSON Path", responses: ends),
        BaseOperation(id: "61fc6fd2-7d5c-4d5c-aaa9-71c8250310f2", name: "Get Value from Object", responses: ends),
        BaseOperation(id: "7b5d8723-2c88-4203-b3ac-0d12e13a3d8b", name: "Get Object Keys", responses: ends),
        BaseOperation(id: "50efc8cb-f1e7-4123-984c-979039f22f2c", name: "Array Iterator", responses: iterates),
        BaseOperation(id: "96d3702b-0a2c-437d-b389-c93e6b0d99d6", name: "XPath Query", responses: ends),
        BaseOperation(id: "d1bbf441-824a-450e-afae-2ddec0e0f35e", name: "Sleep", responses: ends),
        BaseOperation(id: "ddd79f22-8b1e-4605-88d5-d912bb2da2b9", name: "Do Nothing", responses: ["success"]),
        BaseOperation(id: "7c2f47aa-a4b3-4a7d-b3d4-007f285f7d29", name: "String Equals", responses: ["true", "false"]),
        BaseOperation(id: "f1dafb35-6463-4a1b-8f87-8aa748497bed", name: "String Comparator", responses: ends),
        BaseOperation(
            id: "b9997f7f-d19c-4dc6-acc4-fa91a8644a38", name: "Check Null", responses: ["isNull", "notNull"]),
        BaseOperation(id: "6c87ce31-0fc7-40c6-9673-ecd1f8eba999", name: "Equal", responses: ends),
        BaseOperation(id: "f3112e9d-ed88-47bf-be86-2f99e8541a33", name: "Set Flow Variable", responses: ["success"]),
        BaseOperation(
            id: "4db41624-575a-4712-bef0-76e51bd2fd7e", name: "Set Global Flow Variable", responses: ["success"]),
        BaseOperation(id: "fcf29035-446d-4868-b2e5-50e3dd0cbd0a", name: "UUID Generator", responses: ["success"]),
        BaseOperation(id: "cd75ca75-e64e-4b1e-9fe9-8dbc76f03865", name: "List Iterator", responses: iterates),
        BaseOperation(id: "c62eeb58-f329-4ae3-b336-54bdc5c9f3d6", name: "Counter", responses: iterates),
        BaseOperation(id: "434e6fa2-26bc-4e84-9e1f-0aa6946cf920", name: "Display Message", responses: ["success"]),
        BaseOperation(id: "b797e7ff-6335-4d2e-81f7-80b6ef29ca4d", name: "Wait For Lock", responses: ends),
        BaseOperation(id: "2fc0811e-1a21-4dd3-9881-d9900ffe7079", name: "Release Lock", responses: ["success"]),
    ]
}
