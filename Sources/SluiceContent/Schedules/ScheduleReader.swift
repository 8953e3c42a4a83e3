public import SluiceForecast
public import SluiceModel

/// Reads schedule files of every dialect leniently and reports strictly.
///
/// What can be read is read, also from a file that its scheduler would refuse; a diagnostic says so. It never throws
/// for bad input. The dialect is told by the content: the root of XML, the bracket of JSON, else it is a crontab.
public struct ScheduleReader: Sendable {
    private let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Reads a file on disk; blocks while it does.
    ///
    /// - Parameters:
    ///   - now: The start of triggers that name none.
    ///   - defaultZone: The zone of times without offset and of cron triggers without zone; Quartz takes its JVM's.
    ///   - dialect: What the file is, whatever it looks like; nil to tell by its content.
    public func read(
        path: String, now: Timestamp, defaultZone: TimeZoneRules, as dialect: ScheduleDialect? = nil
    ) -> ScheduleFile {
        read(file: path, now: now, defaultZone: defaultZone, as: dialect) { feed throws(ContentError) in
            let file = try RandomAccessFile(path: path)
            guard file.size <= limits.documentBytesMax else {
                throw ContentError("file-size", "is larger than \(limits.documentBytesMax) bytes", file: path)
            }
            try file.forEachChunk(feed)
        }
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
        var held: [UInt8] = []
        var decided = chosen.map { (isXML: $0.isXML, dialect: $0) }
        var isDecided = chosen != nil
        func decide() {
            isDecided = true
            decided = ScheduleDialect.sniffed(held, file: file).map { (isXML: false, dialect: $0) }
        }
        let receive = { (piece: UnsafeRawBufferPointer) -> Bool in
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
        result.quartz = .refuses("it is no XML, but \(dialect == .central ? "JSON of Central" : "a crontab")")
        if let problem {
            result.diagnostics.append(problem)
            result.quartz = .unknown(problem.message)
        }
        return result
    }
}
