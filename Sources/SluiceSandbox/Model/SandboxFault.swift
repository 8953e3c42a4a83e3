/// Something that goes wrong on purpose: which requests it hits, and what happens to them.
public struct SandboxFault: Hashable, Sendable {
    /// What happens.
    public enum Effect: Hashable, Sendable {
        /// The request takes effect at once, its answer comes that much later.
        case delay(milliseconds: Int64)
        /// Answered with that code and text; no effect.
        case status(Int, text: String)
        /// Answered with the HTML login page (200) or sent to it (302); no effect.
        case loginPage(status: Int)
        /// The request takes effect, then it is answered with the HTML login page (200), or sent to it (302).
        case loginPageAfter(status: Int)
        /// The connection is closed without an answer; no effect.
        case dropBefore
        /// The request takes effect, then the connection is closed without an answer.
        case dropAfter
        /// A start takes effect that much after its request arrived, whether or not the client still waits.
        case lateEffect(milliseconds: Int64)
        /// A started execution is in lists only that much later; in its summary by id too, if asked.
        case listingLag(milliseconds: Int64, includesSummary: Bool)
        /// A started execution is forgotten that much after its end.
        case purge(milliseconds: Int64)
        /// The started execution's name keeps only its first characters.
        case runNameCut(length: Int)
        /// A start with inputs that the flow does not declare is refused with 400.
        case refuseUndeclared
        /// The request takes effect, then it is answered with that code.
        case statusAfter(Int)
        /// Before the request is handled, a person turns that schedule on or off.
        case personSwitches(schedule: String, isEnabled: Bool)
        /// Before the request is handled, a person copies that schedule; the copy is enabled.
        case personCopies(schedule: String)

        /// Whether only starts are counted and hit.
        var concernsStartsOnly: Bool {
            switch self {
            case .delay, .status, .loginPage, .loginPageAfter, .dropBefore, .dropAfter, .statusAfter, .personSwitches,
                .personCopies:
                false
            case .lateEffect, .listingLag, .purge, .runNameCut, .refuseUndeclared: true
            }
        }
    }

    /// Chosen by the sandbox when empty.
    public var id: String
    /// Nil: any method.
    public var method: String?
    /// Matched against the whole path and against the path below the REST root; nil: any path.
    public var path: String?
    /// Only the nth matching request, from 1; nil: each.
    public var nth: Int?
    /// Only that share of the matching requests, chosen by `seed`.
    public var probability: Double?
    public var seed: UInt64
    /// No more hits than that.
    public var limit: Int?
    public var effect: Effect

    public init(
        _ effect: Effect, id: String = "", method: String? = nil, path: String? = nil, nth: Int? = nil,
        probability: Double? = nil, seed: UInt64 = 1, limit: Int? = nil
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.nth = nth
        self.probability = probability
        self.seed = seed
        self.limit = limit
        self.effect = effect
    }
}

extension SandboxFault: Codable {
    private enum Member: String, CodingKey, CaseIterable {
        case id, method, path, nth, probability, seed, limit, kind, milliseconds, status, text, includesSummary, length
        case schedule, enabled
    }

    private enum Kind: String, Codable {
        case delay
        case status
        case loginPage = "login-page"
        case loginPageAfter = "login-page-after"
        case dropBefore = "drop-before"
        case dropAfter = "drop-after"
        case lateEffect = "late-effect"
        case listingLag = "listing-lag"
        case purge
        case runNameCut = "run-name-cut"
        case refuseUndeclared = "refuse-undeclared"
        case statusAfter = "status-after"
        case personSwitches = "person-switches"
        case personCopies = "person-copies"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownMembers(besides: Member.self)
        let members = try decoder.container(keyedBy: Member.self)
        func complain(_ member: Member, _ text: String) -> DecodingError {
            DecodingError.dataCorruptedError(forKey: member, in: members, debugDescription: text)
        }
        func span() throws -> Int64 {
            let span = try members.decode(Int64.self, forKey: .milliseconds)
            guard (0...SandboxLimits.spanMillisecondsMax).contains(span) else {
                throw complain(.milliseconds, "must be 0 to 7 days")
            }
            return span
        }
        func code(default code: Int?, _ range: ClosedRange<Int>) throws -> Int {
            guard let code = try members.decodeIfPresent(Int.self, forKey: .status) ?? code, range.contains(code) else {
                throw complain(.status, "must be \(range.lowerBound) to \(range.upperBound)")
            }
            return code
        }

        let kind = try members.decode(Kind.self, forKey: .kind)
        effect =
            switch kind {
            case .delay: .delay(milliseconds: try span())
            case .status:
                .status(
                    try code(default: nil, 200...599),
                    text: try members.decodeIfPresent(String.self, forKey: .text) ?? "fault")
            case .loginPage: .loginPage(status: try code(default: 200, 200...399))
            case .loginPageAfter: .loginPageAfter(status: try code(default: 200, 200...399))
            case .dropBefore: .dropBefore
            case .dropAfter: .dropAfter
            case .lateEffect: .lateEffect(milliseconds: try span())
            case .listingLag:
                .listingLag(
                    milliseconds: try span(),
                    includesSummary: try members.decodeIfPresent(Bool.self, forKey: .includesSummary) ?? false)
            case .purge: .purge(milliseconds: try span())
            case .runNameCut: .runNameCut(length: try members.decode(Int.self, forKey: .length))
            case .refuseUndeclared: .refuseUndeclared
            case .statusAfter: .statusAfter(try code(default: 500, 200...599))
            case .personSwitches:
                .personSwitches(
                    schedule: try members.decode(String.self, forKey: .schedule),
                    isEnabled: try members.decode(Bool.self, forKey: .enabled))
            case .personCopies: .personCopies(schedule: try members.decode(String.self, forKey: .schedule))
            }
        id = try members.decodeIfPresent(String.self, forKey: .id) ?? ""
        method = try members.decodeIfPresent(String.self, forKey: .method)
        path = try members.decodeIfPresent(String.self, forKey: .path)
        nth = try members.decodeIfPresent(Int.self, forKey: .nth)
        probability = try members.decodeIfPresent(Double.self, forKey: .probability)
        seed = try members.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1
        limit = try members.decodeIfPresent(Int.self, forKey: .limit)
        if let nth, nth < 1 { throw complain(.nth, "counts from 1") }
        if let limit, limit < 0 { throw complain(.limit, "must not be negative") }
        if let probability, !(0...1).contains(probability) { throw complain(.probability, "must be 0 to 1") }
        if let path, path.utf8.count > SandboxLimits.globBytesMax { throw complain(.path, "is too long") }
        if case .runNameCut(let length) = effect, length < 0 { throw complain(.length, "must not be negative") }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(id, forKey: .id)
        try members.encodeIfPresent(method, forKey: .method)
        try members.encodeIfPresent(path, forKey: .path)
        try members.encodeIfPresent(nth, forKey: .nth)
        try members.encodeIfPresent(probability, forKey: .probability)
        if probability != nil { try members.encode(seed, forKey: .seed) }
        try members.encodeIfPresent(limit, forKey: .limit)
        func put(_ kind: Kind, _ span: Int64? = nil) throws {
            try members.encode(kind, forKey: .kind)
            try members.encodeIfPresent(span, forKey: .milliseconds)
        }
        switch effect {
        case .delay(let span): try put(.delay, span)
        case .status(let code, let text):
            try put(.status)
            try members.encode(code, forKey: .status)
            try members.encode(text, forKey: .text)
        case .loginPage(let code):
            try put(.loginPage)
            try members.encode(code, forKey: .status)
        case .loginPageAfter(let code):
            try put(.loginPageAfter)
            try members.encode(code, forKey: .status)
        case .dropBefore: try put(.dropBefore)
        case .dropAfter: try put(.dropAfter)
        case .lateEffect(let span): try put(.lateEffect, span)
        case .listingLag(let span, let includesSummary):
            try put(.listingLag, span)
            try members.encode(includesSummary, forKey: .includesSummary)
        case .purge(let span): try put(.purge, span)
        case .runNameCut(let length):
            try put(.runNameCut)
            try members.encode(length, forKey: .length)
        case .refuseUndeclared: try put(.refuseUndeclared)
        case .statusAfter(let code):
            try put(.statusAfter)
            try members.encode(code, forKey: .status)
        case .personSwitches(let id, let isEnabled):
            try put(.personSwitches)
            try members.encode(id, forKey: .schedule)
            try members.encode(isEnabled, forKey: .enabled)
        case .personCopies(let id):
            try put(.personCopies)
            try members.encode(id, forKey: .schedule)
        }
    }
}
