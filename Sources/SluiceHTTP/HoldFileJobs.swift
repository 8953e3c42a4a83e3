import Hummingbird
import Logging
import NIOCore
import SluiceEngine
import SluiceHoldFile
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing

/// What is done with the holds of a file, some at a time.
protocol HoldFileJob: Sendable {
    /// - Returns: Those that it passed over, and why.
    mutating func take(_ holds: [Hold]) async throws -> [LeftOutHold]
    /// Puts it on record.
    /// - Returns: What came of it.
    func finish() async throws -> JSONObject
}

/// Carries a job out and writes how far it is, one JSON object a line; the last is its result or a problem.
struct HoldFileRun: Sendable {
    let upload: HoldFileUpload
    let secret: HoldFileSecret
    let summary: HoldFileSummary
    let writing: WatchedWriting
    let logger: Logger

    /// Holds of one step.
    private static let stepSize = 1000
    /// Bytes of the file that one step takes, beside those of its last hold: what is in memory at a time, several times
    /// over.
    static let stepByteCountMax = 8 << 20

    @concurrent
    func run(_ job: any HoldFileJob, _ writer: inout any ResponseBodyWriter) async throws {
        var job = job
        var doneCount = 0
        var text = ""
        do {
            var lines = upload.lines(secret)
            var waiting: [Hold] = []
            var takenByteCount = 0
            while true {
                let found = try lines.next()
                for case .hold(let hold) in found ?? [] { waiting.append(hold) }
                let isFull =
                    waiting.count >= Self.stepSize || lines.byteCount - takenByteCount >= Self.stepByteCountMax
                guard found == nil || isFull else { continue }
                takenByteCount = lines.byteCount
                for passed in try await job.take(waiting) { text += Self.line(passedOver: passed) }
                doneCount += waiting.count
                waiting.removeAll(keepingCapacity: true)
                text += Self.line([
                    ("kind", "progress"), ("done", .number(JSONNumber(doneCount))),
                    ("of", .number(JSONNumber(summary.count.holds))),
                ])
                guard found != nil else { break }
                try await writing.write(ByteBuffer(string: text), to: &writer)
                text = ""
            }
            var result = JSONObject([
                ("kind", "result"), ("exportedAt", .time(summary.start.exportedAt)),
                ("exportedBy", .string(summary.start.by.text)), ("filters", .string(summary.start.filters)),
                ("holds", .number(JSONNumber(summary.count.holds))),
            ])
            for member in try await job.finish().members { result[member.name] = member.value }
            text += JSONValue.object(result).write() + "\n"
        } catch {
            text += Self.line(problem(error, after: doneCount))
        }
        try await writing.write(ByteBuffer(string: text), to: &writer)
        try await writer.finish(nil)
    }

    private func problem(_ error: any Error, after doneCount: Int) -> [(String, JSONValue)] {
        let cause: String =
            switch error {
            case let problem as Problem: problem.detail
            case let error as StoreError: "the store cannot be used: \(error.code)"
            case let error as SealingError: error.message
            default: "it was cut off"
            }
        logger.error(
            "a file of holds was not taken to its end", metadata: ["done": "\(doneCount)", "cause": "\(error)"])
        return [
            ("kind", "problem"), ("type", .string(Problem.typeBase + "hold-file-cut")),
            ("title", "The file was not taken to its end"), ("status", 503),
            (
                "detail",
                .string(
                    "\(doneCount) of \(summary.count.holds) holds were looked at, and what was done stays done; send "
                        + "the same file again, it goes on: \(cause)")
            ),
        ]
    }

    private static func line(passedOver hold: LeftOutHold) -> String {
        line([
            ("kind", "passed-over"), ("ticket", .string("\(hold.ticket)")), ("state", .string(hold.state.rawValue)),
            ("reason", .string(hold.reason)),
        ])
    }

    private static func line(_ members: [(String, JSONValue)]) -> String {
        JSONValue.object(JSONObject(members)).write() + "\n"
    }
}

/// Keeps the holds here.
struct ImportJob: HoldFileJob {
    private let engine: Engine
    private let sealer: any Sealer
    private let order: ImportOrder
    private let allowsOpen: Bool
    private var report = ImportReport()

    init(
        engine: Engine, sealer: any Sealer, _ options: HoldFileOptions, _ start: HoldFileStart,
        by principal: Principal
    ) {
        self.engine = engine
        self.sealer = sealer
        allowsOpen = options.isDryRun || options.allowsOpen
        order = ImportOrder(
            by: principal, cause: "imported; exported by \(start.by) at \(start.exportedAt)",
            isDryRun: options.isDryRun)
    }

    /// Imported holds would start where the gate is open, for all or for a scope.
    static func requireClosed(_ engine: Engine) throws {
        let gate = engine.gatekeeper.snapshot().record
        guard gate.isAnyOpen else { return }
        throw Problem(
            status: .conflict, type: "gate-open", title: "The gate is open",
            detail:
                "imported holds would start at once\(gate.whole.mode.isOpen ? "" : " in a scope that is open"); close "
                + "the gate first, or say allowOpen=true")
    }

    mutating func take(_ holds: [Hold]) async throws -> [LeftOutHold] {
        // It may have been opened while the file came.
        if !allowsOpen { try Self.requireClosed(engine) }
        let sealed = try holds.map { hold in
            var hold = hold
            for (index, input) in hold.request.inputs.enumerated() {
                guard case .secret(let secret) = input.value else { continue }
                hold.request.inputs[index].value = .sealed(try sealer.seal(secret, context: input.name))
            }
            return hold
        }
        let more = try await engine.desk.importHolds(sealed, order)
        report.add(more)
        return more.refused
    }

    func finish() async throws -> JSONObject {
        if !order.isDryRun { try await engine.desk.noteImport(report, order) }
        return JSONObject([
            ("dryRun", .bool(order.isDryRun)), ("imported", .number(JSONNumber(report.importedCount))),
            ("known", .number(JSONNumber(report.skippedCount))),
            ("refused", .number(JSONNumber(report.refusedCount))),
        ])
    }
}

/// Discards the holds here that are as they were exported.
struct DiscardJob: HoldFileJob {
    private let engine: Engine
    private let order: ExportedOrder
    private var report = ExportedReport()

    init(engine: Engine, _ options: HoldFileOptions, _ start: HoldFileStart, by principal: Principal) {
        self.engine = engine
        order = ExportedOrder(
            by: principal, reason: options.reason, isDryRun: options.isDryRun,
            isWithRepresented: start.isWithRepresented, exportedAt: start.exportedAt)
    }

    mutating func take(_ holds: [Hold]) async throws -> [LeftOutHold] {
        let more = try await engine.desk.discardExported(holds, order)
        report.add(more)
        return more.changed
    }

    func finish() async throws -> JSONObject {
        if !order.isDryRun { try await engine.desk.noteExported(report, order) }
        return JSONObject([
            ("dryRun", .bool(order.isDryRun)), ("discarded", .number(JSONNumber(report.discardedCount))),
            ("settled", .number(JSONNumber(report.settledCount))),
            ("changed", .number(JSONNumber(report.changedCount))),
        ])
    }
}
