public import SluiceForecast
public import SluiceModel

/// Reads Quartz `job_scheduling_data` files (schema 2.0) leniently and reports strictly.
///
/// What can be read is read, also from a file that Quartz 2.3.2 would refuse; then there is an error among the
/// diagnostics. It never throws for bad input.
public struct QuartzReader: Sendable {
    private let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Reads a file on disk; blocks while it does.
    ///
    /// - Parameters:
    ///   - now: The start of triggers that name none.
    ///   - defaultZone: The zone of times without offset and of cron triggers without zone; Quartz takes its JVM's.
    public func read(path: String, now: Timestamp, defaultZone: ScheduleZone) -> QuartzSchedule {
        read(file: path, now: now, defaultZone: defaultZone) { feed throws(ContentError) in
            let file = try RandomAccessFile(path: path)
            guard file.size <= limits.documentBytesMax else {
                throw ContentError("file-size", "is larger than \(limits.documentBytesMax) bytes", file: path)
            }
            try file.forEachChunk(feed)
        }
    }

    /// Reads a file's bytes; `file` is what diagnostics name.
    public func read(
        bytes: some Sequence<UInt8>, file: String, now: Timestamp, defaultZone: ScheduleZone
    ) -> QuartzSchedule {
        let bytes = Array(bytes)
        return read(file: file, now: now, defaultZone: defaultZone) { feed in
            bytes.withUnsafeBytes { _ = feed($0) }
        }
    }

    /// Reads what a source feeds, piece by piece, until it is told that no more is wanted.
    func read(
        file: String, now: Timestamp, defaultZone: ScheduleZone,
        from source: ((UnsafeRawBufferPointer) -> Bool) throws(ContentError) -> Void
    ) -> QuartzSchedule {
        let reader = QuartzUnitReader(file: file, now: now, defaultZone: defaultZone)
        let sink = QuartzSink(reader: reader, limits: limits)
        let parser = XMLPushParser(file: file, limits: limits, sink: sink)
        var problem: Diagnostic?
        do throws(ContentError) {
            try source(parser.feed)
            problem = parser.finish()
        } catch {
            problem = error.diagnostic
        }
        if let problem { sink.end(problem) }
        return sink.result
    }
}
