/// A part of all launches that can have a mode of its own.
public enum Scope: Hashable, Sendable {
    case flow(FlowID)
    case path(PathGlob)
    case contentPack(String)
    case source(LaunchSource)
    case tenant(TenantID)

    /// Narrowest first: the order in which scopes are asked (product.md, rule 7).
    public var rank: Int {
        switch self {
        case .flow: 0
        case .path: 1
        case .contentPack: 2
        case .source: 3
        case .tenant: 4
        }
    }

    /// Whether a launch falls under it.
    public func matches(_ request: LaunchRequest, contentPack: String?) -> Bool {
        switch self {
        case .flow(let flow): request.flow == flow
        case .path(let glob): request.flowPath.map(glob.matches) ?? false
        case .contentPack(let name): contentPack == name
        case .source(let source): request.source == source
        case .tenant(let tenant): request.tenant == tenant
        }
    }
}

extension Scope {
    /// Whether a launch may fall under both; in doubt it may.
    public static func mayMeet(_ left: Scope?, _ right: Scope?) -> Bool {
        switch (left, right) {
        case (.flow(let left), .flow(let right)): left == right
        case (.contentPack(let left), .contentPack(let right)): left == right
        case (.source(let left), .source(let right)): left == right
        case (.tenant(let left), .tenant(let right)): left == right
        default: true
        }
    }
}

extension Scope: CustomStringConvertible {
    /// `flow:UUID`, `path:Library/CSA/**`, `pack:NAME`, `source:csa`, `tenant:NAME`; the form of `--scope`.
    public var description: String {
        switch self {
        case .flow(let flow): "flow:\(flow)"
        case .path(let glob): "path:\(glob)"
        case .contentPack(let name): "pack:\(name)"
        case .source(let source): "source:\(source.rawValue)"
        case .tenant(let tenant): "tenant:\(tenant)"
        }
    }

    /// Reads the form that `description` gives.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let value = String(text[text.index(after: colon)...])
        guard !value.isEmpty, value.utf8.count <= IdentifierLimits.byteCountMax else { return nil }
        switch text[..<colon] {
        case "flow": self = .flow(FlowID(value))
        case "path":
            guard let glob = PathGlob(value) else { return nil }
            self = .path(glob)
        case "pack": self = .contentPack(value)
        case "source":
            guard let source = LaunchSource(rawValue: value) else { return nil }
            self = .source(source)
        case "tenant": self = .tenant(TenantID(value))
        default: return nil
        }
    }
}

/// A pattern over flow paths: `*` any run of characters within a folder, `**` across folders, `?` one character.
///
/// Matching is case-sensitive and needs at most pattern × path steps.
public struct PathGlob: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as written.
    public let pattern: String
    private let parts: [Part]

    private enum Part: Hashable, Sendable {
        case byte(UInt8)
        case one
        case run
        case deepRun
    }

    /// - Returns: nil when the pattern is empty or longer than `IdentifierLimits.byteCountMax`.
    public init?(_ pattern: String) {
        guard !pattern.isEmpty, pattern.utf8.count <= IdentifierLimits.byteCountMax else { return nil }
        self.pattern = pattern
        var parts: [Part] = []
        for byte in pattern.utf8 {
            switch byte {
            case UInt8(ascii: "*"):
                switch parts.last {
                case .run: parts[parts.count - 1] = .deepRun
                case .deepRun: break
                default: parts.append(.run)
                }
            case UInt8(ascii: "?"): parts.append(.one)
            default: parts.append(.byte(byte))
            }
        }
        self.parts = parts
    }

    /// Characters that must be there; of two globs that match, the one with more is narrower.
    public var literalCount: Int {
        parts.reduce(0) { count, part in if case .byte = part { count + 1 } else { count } }
    }

    public func matches(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        // reachable[i]: the parts so far can have consumed exactly the first i bytes.
        var reachable = [Bool](repeating: false, count: bytes.count + 1)
        reachable[0] = true
        for part in parts {
            var next = [Bool](repeating: false, count: bytes.count + 1)
            for index in 0...bytes.count {
                switch part {
                case .byte(let byte):
                    if index > 0, reachable[index - 1], bytes[index - 1] == byte { next[index] = true }
                case .one:
                    if index > 0, reachable[index - 1], bytes[index - 1] != UInt8(ascii: "/") { next[index] = true }
                case .run:
                    let extends = index > 0 && next[index - 1] && bytes[index - 1] != UInt8(ascii: "/")
                    if reachable[index] || extends { next[index] = true }
                case .deepRun:
                    if reachable[index] || (index > 0 && next[index - 1]) { next[index] = true }
                }
            }
            reachable = next
        }
        return reachable[bytes.count]
    }

    public var description: String { pattern }
}

/// Lets launches through whatever the mode (product.md, rule 3): health checks, the upgrade's own flows.
///
/// All conditions that are given must match; a rule without any matches nothing.
public struct AllowRule: Hashable, Sendable {
    /// Shown in the audit.
    public var name: String
    public var flow: FlowID?
    public var path: PathGlob?
    public var source: LaunchSource?
    /// The authenticated asker.
    public var requester: Principal?

    public init(
        name: String, flow: FlowID? = nil, path: PathGlob? = nil, source: LaunchSource? = nil,
        requester: Principal? = nil
    ) {
        self.name = name
        self.flow = flow
        self.path = path
        self.source = source
        self.requester = requester
    }

    public func matches(_ request: LaunchRequest, by principal: Principal) -> Bool {
        guard flow != nil || path != nil || source != nil || requester != nil else { return false }
        if let flow, request.flow != flow { return false }
        if let path, !(request.flowPath.map(path.matches) ?? false) { return false }
        if let source, request.source != source { return false }
        if let requester, principal != requester { return false }
        return true
    }
}

/// One scope's mode, and who set it when and why.
public struct ScopeMode: Hashable, Sendable {
    /// nil: the whole gate.
    public var scope: Scope?
    public var mode: GateMode
    public var since: Timestamp
    public var by: Principal
    public var reason: String

    public init(scope: Scope?, mode: GateMode, since: Timestamp, by: Principal, reason: String) {
        self.scope = scope
        self.mode = mode
        self.since = since
        self.by = by
        self.reason = reason
    }
}

/// The gate as it stands: the whole gate's mode, the scopes' modes, and the epoch that counts its changes.
public struct GateRecord: Hashable, Sendable {
    public var epoch: Epoch
    /// The last epoch that closed anything: a release older than it is void.
    public var closedEpoch: Epoch
    public var whole: ScopeMode
    /// One entry a scope; at most `GateLimits.scopeCountMax` (in SluiceCore).
    public var scopes: [ScopeMode]

    /// - Parameter closedEpoch: nil: this epoch, which voids every release before it.
    public init(epoch: Epoch, closedEpoch: Epoch? = nil, whole: ScopeMode, scopes: [ScopeMode] = []) {
        self.epoch = epoch
        self.closedEpoch = closedEpoch ?? epoch
        self.whole = whole
        self.scopes = scopes
    }

    /// Whether it is open for anything: as a whole, or for a scope.
    public var isAnyOpen: Bool { whole.mode.isOpen || scopes.contains { $0.mode.isOpen } }

    /// A scope's own entry, or the whole gate's for nil.
    public func entry(for scope: Scope?) -> ScopeMode? {
        guard let scope else { return whole }
        return scopes.first { $0.scope == scope }
    }

    /// The mode in force for a launch: the narrowest scope that matches, else the whole gate's.
    ///
    /// Among globs the one with more literal characters is narrower; on a tie the one set later wins.
    public func mode(for request: LaunchRequest, contentPack: String?) -> ScopeMode {
        var best: ScopeMode?
        for entry in scopes {
            guard let scope = entry.scope, scope.matches(request, contentPack: contentPack) else { continue }
            if let current = best?.scope, !scope.isNarrower(than: current, isLater: isLater(entry, best)) { continue }
            best = entry
        }
        return best ?? whole
    }

    private func isLater(_ entry: ScopeMode, _ other: ScopeMode?) -> Bool {
        other.map { entry.since >= $0.since } ?? true
    }
}

extension Scope {
    /// Whether this scope wins over another that matches the same launch.
    fileprivate func isNarrower(than other: Scope, isLater: Bool) -> Bool {
        if rank != other.rank { return rank < other.rank }
        if case .path(let mine) = self, case .path(let theirs) = other, mine.literalCount != theirs.literalCount {
            return mine.literalCount > theirs.literalCount
        }
        return isLater
    }
}
