/// A name that came from outside or was minted here; each kind is a type of its own, so they cannot be mixed up.
public protocol TextIdentifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The text as it stands on the wire.
    var text: String { get }
    /// Takes the text as it is; use `init(checking:)` for text from outside.
    init(_ text: String)
}

extension TextIdentifier {
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    public var description: String { text }

    /// Takes text from outside.
    /// - Returns: nil when it is empty, longer than `IdentifierLimits.byteCountMax`, or has a control character.
    public init?(checking text: String) {
        guard IdentifierLimits.allows(text) else { return nil }
        self.init(text)
    }
}

/// What an identifier from outside may measure.
public enum IdentifierLimits {
    /// Longest identifier taken, in UTF-8 bytes.
    public static let byteCountMax = 512

    /// Whether a text is neither empty, nor longer than that, nor has a control character.
    public static func allows(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= byteCountMax
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}

/// A flow: its UUID in lower case, or a dotted name for CloudSlang (reference/oo-content-pack.md 9.1).
public struct FlowID: TextIdentifier {
    public let text: String
    public init(_ text: String) {
        // Most are in lower case as they come.
        let isLower = text.utf8.allSatisfy { $0 < 0x41 || ($0 > 0x5A && $0 < 0x80) }
        self.text = !isLower && FlowID.isUUID(text) ? text.lowercased() : text
    }

    /// 8-4-4-4-12 word characters, the pattern of OO's own schema (oo-content-pack.md section 2).
    private static func isUUID(_ text: String) -> Bool {
        guard text.utf8.count == 36 else { return false }
        var index = 0
        for byte in text.utf8 {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            if (byte == UInt8(ascii: "-")) != isDash { return false }
            index += 1
        }
        return true
    }
}

/// An execution in Central: a decimal number kept as text (oo-central-api.md section 3).
public struct ExecutionID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// One question of a gate step, the same on every repeat of it.
public struct AskID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A caller's own key for one launch; unique per principal.
public struct IdempotencyKey: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// Holds of one ordering key are launched strictly by arrival, each after the one before it has ended.
public struct OrderingKey: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// Of the holds with one coalesce key only the newest is launched.
public struct CoalesceKey: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A tenant of OO or CSA.
public struct TenantID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// Who holds a token: the authenticated asker or operator, as the configuration names it.
public struct Principal: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }

    /// Sluice itself, for what no person asked for.
    public static let sluice = Principal("sluice")
}

/// A schedule in Central or in a scheduler beside it.
public struct ScheduleID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A service instance of CSA; the unit of CSA's lineage (product.md, rule 4).
public struct CSAInstanceID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A process instance of CSA.
public struct CSAProcessID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// One maintenance: `m_` and a ULID.
public struct MaintenanceID: TextIdentifier {
    public let text: String
    public init(_ text: String) { self.text = text }
}
