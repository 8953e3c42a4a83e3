/// A cron expression as Quartz 2.3.2 understands it (scheduler-xml.md section 6).
public struct CronExpression: Hashable, Sendable {
    /// As it was written.
    public let text: String

    /// - Throws: `CronError` for each text that Quartz refuses.
    public init(_ text: String) throws(CronError) { self.text = text }
}

/// Why an expression is refused: the field, the value, and what is allowed.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In words, without the expression.
    public let description: String

    public init(_ description: String) { self.description = description }
}
