/// Says which flow a scheduler's job launches; of a list of rules the first that matches counts.
public enum JobFlowRule: Hashable, Sendable {
    /// The job, or its trigger, has this key in its data: the value is the flow.
    case dataKey(String)
    /// The job's name, or its `group.name`, matches the pattern; `$1` to `$9` in the flow are what its stars stand for.
    case name(JobNamePattern, flow: String)
    /// The job is of this class.
    case jobClass(String, flow: FlowID)

    /// What a rule looks at: one trigger of a job.
    public struct Job: Hashable, Sendable {
        public var group: String
        public var name: String
        public var jobClass: String?
        /// The job's data and over it the trigger's; of several entries of one key the last counts.
        private var entries: [Entry]

        private struct Entry: Hashable, Sendable {
            var key: String
            var value: String?
        }

        public init(group: String, name: String, jobClass: String?, data: [(key: String, value: String?)]) {
            self.group = group
            self.name = name
            self.jobClass = jobClass
            entries = data.map { Entry(key: $0.key, value: $0.value) }
        }

        fileprivate func value(_ key: String) -> String? { entries.last { $0.key == key }?.value }
    }

    /// The flow that this rule gives a job; nil when it does not match, or gives what is no flow's id.
    public func flow(of job: Job) -> FlowID? {
        switch self {
        case .dataKey(let key): return job.value(key).flatMap { FlowID(checking: $0) }
        case .jobClass(let name, let flow): return job.jobClass == name ? flow : nil
        case .name(let pattern, let flow):
            guard let parts = pattern.match(job.name) ?? pattern.match("\(job.group).\(job.name)") else { return nil }
            return FlowID(checking: JobNamePattern.filled(flow, with: parts))
        }
    }
}

extension [JobFlowRule] {
    /// The flow of the first rule that gives one.
    public func flow(of job: JobFlowRule.Job) -> FlowID? {
        for rule in self { if let flow = rule.flow(of: job) { return flow } }
        return nil
    }
}

/// A pattern over names of jobs: `*` stands for any run of characters, `?` for one; case counts.
///
/// Matching needs at most pattern × name steps.
public struct JobNamePattern: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// What stands between the stars.
    private let pieces: [[UInt8]]

    /// - Returns: nil when it is empty or longer than `IdentifierLimits.byteCountMax`.
    public init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= IdentifierLimits.byteCountMax else { return nil }
        description = text
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// What each star stands for, in order and as short as it can be from the left; nil when the name does not match.
    public func match(_ name: String) -> [String]? {
        let bytes = Array(name.utf8)
        guard let first = pieces.first, let last = pieces.last, fits(first, bytes, at: 0) else { return nil }
        guard pieces.count > 1 else { return first.count == bytes.count ? [] : nil }
        var parts: [String] = []
        var place = first.count
        for piece in pieces.dropFirst().dropLast() {
            var found = place
            while found + piece.count <= bytes.count, !fits(piece, bytes, at: found) { found += 1 }
            guard found + piece.count <= bytes.count else { return nil }
            parts.append(String(decoding: bytes[place..<found], as: UTF8.self))
            place = found + piece.count
        }
        let end = bytes.count - last.count
        guard end >= place, fits(last, bytes, at: end) else { return nil }
        return parts + [String(decoding: bytes[place..<end], as: UTF8.self)]
    }

    private func fits(_ piece: [UInt8], _ bytes: [UInt8], at place: Int) -> Bool {
        guard place + piece.count <= bytes.count else { return false }
        for (index, byte) in piece.enumerated() where byte != UInt8(ascii: "?") && byte != bytes[place + index] {
            return false
        }
        return true
    }

    /// `$1` to `$9` replaced by the parts; one that is not there becomes nothing.
    static func filled(_ text: String, with parts: [String]) -> String {
        var result = ""
        var isReference = false
        for character in text {
            if isReference, let digit = character.wholeNumberValue, digit > 0, character.isASCII {
                if digit <= parts.count { result += parts[digit - 1] }
                isReference = false
                continue
            }
            if isReference { result += "$" }
            isReference = character == "$"
            if !isReference { result.append(character) }
        }
        return isReference ? result + "$" : result
    }
}
