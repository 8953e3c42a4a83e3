public import SluiceJSON

/// What one probe of `sluice doctor` found out.
public struct DoctorFinding: Hashable, Sendable {
    /// The probe's name: that of the switch where it finds one out, such as `csa.policyElement`.
    public var name: String
    /// What it asks, in a few words.
    public var question: String
    public var verdict: Verdict
    /// What was found; for `.untold` why it could not be told, and how it can.
    public var answer: String
    public var evidence: Evidence
    /// The switches that it sets, by their keys.
    public var switches: [DoctorSwitch]

    public enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// As it should be.
        case fine
        /// An answer that is neither good nor bad.
        case found
        /// To be mended before a maintenance.
        case problem
        /// It could not be told.
        case untold
    }

    public enum Evidence: String, Hashable, Sendable, CaseIterable {
        /// This system answered so.
        case seen
        /// It follows from answers of this system.
        case inferred
        case none
    }

    public init(
        _ name: String, _ question: String, _ verdict: Verdict, _ answer: String, _ evidence: Evidence = .seen,
        switches: [DoctorSwitch] = []
    ) {
        self.name = name
        self.question = question
        self.verdict = verdict
        self.answer = answer
        self.evidence = verdict == .untold ? .none : evidence
        self.switches = switches
    }

    /// One that could not be told.
    public static func untold(_ name: String, _ question: String, _ why: String) -> DoctorFinding {
        DoctorFinding(name, question, .untold, why, .none)
    }

    /// Versioned by the report around it.
    public var json: JSONObject {
        [
            "probe": .string(name), "asks": .string(question), "verdict": .string(verdict.rawValue),
            "found": .string(answer), "evidence": .string(evidence.rawValue),
            "sets": .array(switches.map { .object($0.json) }),
        ]
    }
}

/// A switch of the configuration, and what it should be.
public struct DoctorSwitch: Hashable, Sendable {
    /// `csa.assignment`.
    public var key: String
    /// As it stands in the file.
    public var value: String
    /// What the configuration says now, with its defaults; nil: nothing.
    public var current: String?

    public init(_ key: String, _ value: String, current: String?) {
        self.key = key
        self.value = value
        self.current = current
    }

    public var isChange: Bool { value != current }

    public var json: JSONObject {
        [
            "key": .string(key), "value": .string(value), "current": current.map { .string($0) } ?? .null,
            "isChange": .bool(isChange),
        ]
    }
}

/// All that `sluice doctor` found out.
public struct DoctorReport: Hashable, Sendable {
    public var findings: [DoctorFinding] = []
    /// A system did not answer at all.
    public var isUnreachable = false
    /// A system refused our account; nothing more was sent to it.
    public var isRefused = false
    /// It was told to stop before its end; what it had made is removed, or named.
    public var isInterrupted = false

    public init() {}

    /// Switches that are not as they should be, in the order of the probes, each once.
    public var changes: [DoctorSwitch] {
        var seen: Set<String> = []
        return findings.flatMap(\.switches).filter { $0.isChange && seen.insert($0.key).inserted }
    }

    public var problems: [DoctorFinding] { findings.filter { $0.verdict == .problem } }

    public var json: JSONObject {
        [
            "format": 1, "probes": .array(findings.map { .object($0.json) }),
            "changes": .array(changes.map { .object($0.json) }), "isUnreachable": .bool(isUnreachable),
            "isRefused": .bool(isRefused), "isInterrupted": .bool(isInterrupted),
        ]
    }
}

/// What a system's examination ended with.
enum DoctorEnd: Hashable, Sendable {
    case whole
    /// At the start, or once in the middle.
    case unreachable
    case refused
    /// The task was cancelled.
    case interrupted
    /// It answers, but is not what it should be: nothing more can be asked.
    case senseless
}
