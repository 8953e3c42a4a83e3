/// A cron expression as Quartz 2.3.2 understands it (scheduler-xml.md section 6): it takes what Quartz takes, refuses
/// what Quartz refuses, and says what Quartz would silently misread.
public struct CronExpression: Hashable, Sendable {
    /// Longest expression read, in UTF-8 bytes. Quartz has no limit; none found in the field has 100.
    public static let maximumBytes = 4096
    /// Quartz's search gives up after this year.
    public static let lastYear = 2999
    /// The last year of expressions whose `yearMax` is not given: what Quartz, started in 2026, takes.
    public static let defaultYearMax = 2126

    /// As it was written.
    public let text: String
    /// What a reader should be told, in the order of the fields.
    public let remarks: [CronRemark]
    let fields: CronFields
    let steps: CronSteps

    /// - Throws: `CronError` for each text that Quartz refuses, and for those longer than `maximumBytes`.
    public init(_ text: String) throws(CronError) { try self.init(text, yearMax: Self.defaultYearMax) }

    /// - Parameter yearMax: The last year in which it fires and the end of steps of years. Quartz takes the year in
    ///   which it was started plus 100; whoever has a clock gives that.
    /// - Throws: `CronError` for each text that Quartz refuses, and for those longer than `maximumBytes`.
    public init(_ text: String, yearMax: Int) throws(CronError) {
        try self.init(text, CronParser(yearMax: yearMax))
    }

    /// An expression of cron's days: it fires on the days that are in both day fields, as a line of cron does when one
    /// of them begins with `*` (crontab(5)). Quartz has none such: it refuses each text that this takes.
    /// - Parameters:
    ///   - text: Six or seven fields in Quartz's spelling; both days are plain lists, without `?`, `L`, `W` and `#`.
    ///   - yearMax: As for the others.
    /// - Throws: `CronError`, which names the field, the value and what is allowed.
    public init(onBothDays text: String, yearMax: Int = Self.defaultYearMax) throws(CronError) {
        try self.init(text, CronParser(yearMax: yearMax, asksBothDays: true))
    }

    private init(_ text: String, _ parser: CronParser) throws(CronError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw CronError("it has \(text.utf8.count) bytes; \(Self.maximumBytes) are allowed")
        }
        var parser = parser
        try parser.read(text)
        self.text = text
        fields = CronFields(parser)
        steps = CronSteps(parser)
        if !parser.remarks.contains(where: { $0.code == .emptyField }), !fields.canFire {
            parser.remarks.append(
                CronRemark(
                    .neverFires, field: nil, "it never fires: no date up to the year \(parser.yearMax) answers to it"))
        }
        remarks = parser.remarks
    }

    public static func == (left: Self, right: Self) -> Bool { left.text == right.text && left.fields == right.fields }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
