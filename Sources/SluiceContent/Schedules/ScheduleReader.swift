public import SluiceForecast
public import SluiceModel

/// Reads schedule files of every dialect leniently and reports strictly.
///
/// What can be read is read, also from a file that its scheduler would refuse; a diagnostic says so. It never throws
/// for bad input. The dialect is told by the content: the root of XML, the bracket of JSON, else it is a crontab.
public struct ScheduleReader: Sendable {
    private let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Reads a file on disk, or standard input by `-`, `/dev/stdin` or `/dev/fd/N`; blocks while it does.
    ///
    /// - Parameters:
    ///   - now: The start of triggers that name none.
    ///   - defaultZone: The zone of times without offset and of cron triggers without zone; Quartz takes its JVM's.
    ///   - dialect: What the file is, whatever it looks like; nil to tell by its content.
    public func read(
        path: String, now: Timestamp, defaultZone: TimeZoneRules, as dialect: ScheduleDialect? = nil
    ) -> ScheduleFile {
        read(file: path, now: now, defaultZone: defaultZone, as: dialect) { feed throws(ContentError) in
            try pieces(path, feed)
        }
    }

    /// Hands over a file's bytes, `documentBytesMax` at most.
    private func pieces(_ path: String, _ feed: (UnsafeRawBufferPointer) -> Bool) throws(ContentError) {
        func tooLarge() -> ContentError {
            ContentError("file-size", "is larger than \(limits.documentBytesMax) bytes", file: path)
        }
        guard let stream = GivenStream(path: path) else {
            let file = try RandomAccessFile(path: path)
            guard file.size <= limits.documentBytesMax else { throw tooLarge() }
            return try file.forEachChunk(feed)
        }
        var count = 0
        try stream.forEachChunk { piece in
            count += piece.count
            return count <= limits.documentBytesMax && feed(piece)
        }
        guard count <= limits.documentBytesMax else { throw tooLarge() }
    }

    /// The same with what breaks an XML schema among the diagnostics. The file is read once, since a stream cannot be
    /// read twice; what both find wrong is said once.
    public func read(
        path: String, now: Timestamp, defaultZone: TimeZoneRules, as dialect: ScheduleDialect? = nil,
        against schema: ScheduleSchema
    ) -> ScheduleFile {
        var bytes: [UInt8] = []
        var schedule = read(file: path, now: now, defaultZone: defaultZone, as: dialect) { feed throws(ContentError) in
            try pieces(path) { piece in
                bytes.append(contentsOf: piece)
                return true
            }
            bytes.withUnsafeBytes { _ = feed($0) }
        }
        if let problem = schedule.diagnostics.first, problem.code.hasPrefix("file-") { return schedule }
        let known = Set(schedule.diagnostics)
        schedule.diagnostics += schema.faults(bytes: bytes, file: path).filter { !known.contains($0) }
        return schedule
    }

    /// Reads a file's bytes; `file` is what diagnostics name.
    public func read(
        bytes: some Sequence<UInt8>, file: String, now: Timestamp, defaultZone: TimeZoneRules,
        as dialect: ScheduleDialect? = nil
    ) -> ScheduleFile {
        let bytes = Array(bytes)
        return read(file: file, now: now, defaultZone: defaultZone, as: dialect) { feed in
            bytes.withUnsafeBytes { _ = feed($0) }
        }
    }

    /// Reads what a source feeds, piece by piece, until it is told that no more is wanted.
    ///
    /// XML goes straight through its parser; the other dialects are held, up to `documentBytesMax`.
    func read(
        file: String, now: Timestamp, defaultZone: TimeZoneRules, as chosen: ScheduleDialect? = nil,
        from source: ((UnsafeRawBufferPointer) -> Bool) throws(ContentError) -> Void
    ) -> ScheduleFile {
        let reader = QuartzUnitReader(file: file, now: now, defaultZone: defaultZone)
        let sink = QuartzSink(reader: reader, chosen: chosen, limits: limits)
        let parser = XMLPushParser(file: file, limits: limits, sink: sink)
        var prolog = XMLProlog()
        var held: [UInt8] = []
        var decided = chosen.map { (isXML: $0.isXML, dialect: $0) }
        var isDecided = chosen != nil
        func decide() {
            isDecided = true
            decided = ScheduleDialect.sniffed(held, file: file).map { (isXML: false, dialect: $0) }
        }
        let receive = { (piece: UnsafeRawBufferPointer) -> Bool in
            prolog.add(piece)
            if isDecided, decided?.isXML != false { return parser.feed(piece) }
            held.append(contentsOf: piece)
            guard held.count <= limits.documentBytesMax else { return false }
            guard !isDecided, held.count >= ScheduleDialect.sniffedBytes else { return true }
            decide()
            guard decided == nil else { return true }
            defer { held = [] }
            return held.withUnsafeBytes(parser.feed)
        }
        var problem: Diagnostic?
        do throws(ContentError) {
            try source(receive)
            if !isDecided {
                decide()
                if decided == nil { _ = held.withUnsafeBytes(parser.feed) }
            }
        } catch {
            problem = error.diagnostic
        }
        if let decided, !decided.isXML {
            return other(held, as: decided.dialect, reader: reader, problem: problem)
        }
        if problem == nil { problem = parser.finish() }
        if let problem { sink.end(problem) }
        sink.judge(prolog, isReadable: problem == nil)
        return sink.result
    }

    private func other(
        _ bytes: [UInt8], as dialect: ScheduleDialect, reader: QuartzUnitReader, problem: Diagnostic?
    ) -> ScheduleFile {
        let (file, now, zone) = (reader.file, reader.now, reader.defaultZone)
        var result =
            dialect == .central
            ? CentralScheduleReader(file: file, now: now, defaultZone: zone, limits: limits).read(bytes)
            : CrontabReader(file: file, now: now, defaultZone: zone, limits: limits, dialect: dialect).read(bytes)
        result.dialect = dialect
        if result.diagnostics.first?.code == CrontabReader.noTextCode {
            // Binary: it was taken for a crontab only for want of anything else.
            result.dialect = nil
            result.quartz = .refuses("it is no XML, and no text either")
            return result
        }
        result.quartz = .refuses("it is no XML, but \(dialect == .central ? "JSON of Central" : "a crontab")")
        if let problem {
            result.diagnostics.append(problem)
            result.quartz = .unknown(problem.message)
        }
        return result
    }
}
