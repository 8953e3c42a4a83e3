import SluiceJSON
public import SluiceModel

/// What a `PUT executions/{id}/status` asks for (oo-central-api.md 4.5).
public enum ExecutionAction: Hashable, Sendable {
    case cancel
    case pause
    /// Starts work that stood still; so does whatever word is not known here.
    case resume

    /// - Returns: nil when the body is no JSON object, so that nobody can tell what Central would do.
    public init?(_ bytes: some Collection<UInt8>) {
        guard case .object(let object)? = try? JSONReader.read(bytes) else { return nil }
        // Upper or lower case: the word was seen in both. A number could be a word's place in Central's list.
        switch object["action"]?.string?.uppercased() {
        case "CANCEL": self = .cancel
        case "PAUSE": self = .pause
        default: self = .resume
        }
    }
}

/// What a `POST schedules` would make.
public struct ScheduleBody: Hashable, Sendable {
    /// Whether it may start anything: only the literal `false` says that it does not.
    public let isEnabled: Bool
    /// nil when it names none; Central refuses that.
    public let flow: FlowID?

    /// - Returns: nil when the body is no JSON object, so that nobody can tell what Central would do.
    public init?(_ bytes: some Collection<UInt8>) {
        guard case .object(let object)? = try? JSONReader.read(bytes) else { return nil }
        isEnabled = object["enabled"]?.bool != false
        flow = (object["flowUuid"] ?? object["uuid"])?.string.flatMap { FlowID(checking: $0) }
    }

    /// Whether the body of a `PUT schedules/{id}/enabled` turns it off: only the literal `false` does.
    public static func turnsOff(_ bytes: some Collection<UInt8>) -> Bool {
        (try? JSONReader.read(bytes))?.bool == false
    }
}
