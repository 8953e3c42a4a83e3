public import SluiceContent

/// Sends one request of a flow and says what came back; the only way out of this room.
///
/// Implemented by whoever runs flows: by a table in tests, by a real client against a live Sluice. It has no
/// conformance suite, because it promises nothing but the shape.
public protocol HTTPPerformer: Sendable {
    /// Sends a request; trouble on the way is ``FlowHTTPOutcome/noAnswer(_:)``.
    func perform(_ request: FlowHTTPRequest) async -> FlowHTTPOutcome
}

/// What a flow's HTTP operation sends. It prints neither body nor headers nor query: they may hold secrets.
public struct FlowHTTPRequest: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// In capitals.
    public var method: String
    /// The whole address with its query.
    public var url: String
    /// Names as given, in order; with `basic`, `Authorization` comes first.
    public var headers: [Header]
    /// Empty when the flow sets none.
    public var body: String
    /// Time to connect; nil when the flow sets none.
    public var connectSeconds: Double?
    /// Time between two packets of the answer; nil when the flow sets none.
    public var answerSeconds: Double?

    /// One header line.
    public struct Header: Hashable, Sendable {
        /// As the flow spells it.
        public var name: String
        /// May be a secret.
        public var value: FlowValue

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = FlowValue(value)
        }
    }

    public init(
        method: String, url: String, headers: [Header] = [], body: String = "", connectSeconds: Double? = nil,
        answerSeconds: Double? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectSeconds = connectSeconds
        self.answerSeconds = answerSeconds
    }

    /// A header's value, names compared without case.
    public func header(_ name: String) -> FlowValue? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    public var description: String { "\(shown(method)) \(shown(url.prefix { $0 != "?" }))" }
    public var customMirror: Mirror { Mirror(self, children: ["line": description]) }
}

/// What came back.
public enum FlowHTTPOutcome: Hashable, Sendable {
    /// An answer, of whatever status.
    case answered(status: Int, body: String)
    /// None: no connection, no trust, no answer in time. The text says which and may be shown.
    case noAnswer(String)
}
