import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SluiceEngine
import SluiceHoldFile
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing

/// `/v1/holds/export`, `/import` and `/discard-exported`: holds on their way from one site to another.
///
/// The caller makes the key of each file from a key of its own, and sends it along: what leaves here is sealed with it,
/// and secrets are never in clear outside of this process.
struct HoldFileRoutes: Sendable {
    let engine: Engine
    let sealer: any Sealer
    /// Largest file taken.
    let byteCountMax: Int
    /// Largest request taken, and so the largest hold.
    let bodyByteCountMax: Int
    /// This site's id; nil: it has none.
    let site: String?
    let folder: String
    /// How long holds that are over are kept: a file must not be older.
    let retention: Duration
    let slots = RequestSlots(
        countMax: HTTPLimits.holdFileCountMax, title: "Other files of holds are being made or read",
        detail: "\(HTTPLimits.holdFileCountMax) files of holds are being made or read; try again")

    /// Bytes of a file that are sent at once.
    private static let pieceByteCount = 256 * 1024

    /// The key of the file, as Base64 (RFC 4648 section 5).
    static let keyHeader = HTTPField.Name("Sluice-File-Key")!
    /// The salt that the key was made with; it stands in the file.
    static let saltHeader = HTTPField.Name("Sluice-File-Salt")!

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("holds/export") { request, context in try await export(request, context) }
        group.post("holds/import") { request, context in try await take(request, context, isImport: true) }
        group.post("holds/discard-exported") { request, context in
            try await take(request, context, isImport: false)
        }
    }

    private func secret(_ request: Request) throws -> HoldFileSecret {
        guard let text = request.headers[Self.keyHeader], let secret = HoldFileSecret(text: text) else {
            throw Problem.badRequest(
                "missing-file-key", "\(Self.keyHeader) must be the file's key: 32 bytes as Base64 for URLs")
        }
        return secret
    }

    private func export(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        for (name, _) in request.uri.queryParameters where !HoldFilters.names.contains(String(name)) {
            throw Problem.badRequest(
                "unknown-fields", "\(name) is not a filter; there are \(HoldFilters.names.joined(separator: ", "))")
        }
        let query = try HoldFilters.read(request).query
        let secret = try secret(request)
        guard let salt = request.headers[Self.saltHeader].flatMap({ SealedStream.salt($0) }) else {
            throw Problem.badRequest(
                "missing-file-key", "\(Self.saltHeader) must be the salt of the file's key: 32 bytes as Base64 for URLs"
            )
        }
        let slot = try slots.take()
        let writing = WatchedWriting(clocks: engine.clocks, channel: context.channel, logger: context.logger)
        let logger = context.logger
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(slot) {} }
                let file = HoldFileWriter(secret, salt: salt)
                do {
                    try await export(query, by: identity.principal, into: file, writing, &writer)
                } catch {
                    // The client sees a file without an end.
                    logger.warning("an export of holds was cut off", metadata: ["error": "\(error)"])
                    throw error
                }
            })
    }

    @concurrent
    private func export(
        _ query: HoldQuery, by principal: Principal, into file: HoldFileWriter, _ writing: WatchedWriting,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        var file = file
        var export = HoldExport(of: query, in: engine.store, holdByteCountMax: bodyByteCountMax)
        let start = HoldFileStart(
            exportedAt: engine.clocks.now().wall, by: principal, filters: query.words,
            isWithRepresented: export.isWithRepresented, site: site)
        var bytes = try file.append(.start(start))
        while let items = try await export.next() {
            for item in items {
                bytes += try file.append(line(item))
                if bytes.count >= Self.pieceByteCount {
                    try await writing.write(ByteBuffer(bytes: bytes), to: &writer)
                    bytes = []
                }
                guard file.count.holds <= HoldFileLimits.holdCountMax else {
                    throw StoreError(
                        .full, "more than \(HoldFileLimits.holdCountMax) holds are named; export them in parts")
                }
            }
            if !bytes.isEmpty { try await writing.write(ByteBuffer(bytes: bytes), to: &writer) }
            bytes = []
        }
        // On record before whoever exports can know that it has everything.
        try await engine.desk.noteExport(
            "\(file.count.holds) exported, \(file.count.leftOut) left out (\(query.words))", by: principal)
        try await writing.write(ByteBuffer(bytes: file.finish()), to: &writer)
        try await writer.finish(nil)
    }

    private func line(_ item: HoldExport.Item) -> HoldFileLine {
        switch item {
        case .leftOut(let leftOut): return .leftOut(leftOut)
        case .hold(var hold):
            for (index, input) in hold.request.inputs.enumerated() {
                guard case .sealed(let sealed) = input.value else { continue }
                guard let secret = try? sealer.open(sealed, context: input.name) else {
                    return .leftOut(
                        LeftOutHold(
                            ticket: hold.ticket, state: hold.state,
                            reason: "a secret input of it cannot be opened with this site's key"))
                }
                hold.request.inputs[index].value = .secret(secret)
            }
            return .hold(hold)
        }
    }

    /// Takes a file: nothing is changed before all of it was read and found whole.
    private func take(
        _ request: Request, _ context: SluiceRequestContext, isImport: Bool
    ) async throws -> Response {
        let identity = try context.require(.operator)
        let options = try HoldFileOptions(request, isImport: isImport)
        let secret = try secret(request)
        if isImport, !options.isDryRun, !options.allowsOpen { try ImportJob.requireClosed(engine) }
        let slot = try slots.take()
        let upload = try await HoldFileUpload.receive(request, byteCountMax: byteCountMax, folder: folder)
        let summary = try await HoldFileSummary.read(upload, secret)
        if isImport { try refuseOld(summary.start) } else { try refuseForeign(summary.start) }
        let job: any HoldFileJob =
            isImport
            ? ImportJob(engine: engine, sealer: sealer, options, summary.start, by: identity.principal)
            : DiscardJob(engine: engine, options, summary.start, by: identity.principal)
        let writing = WatchedWriting(clocks: engine.clocks, channel: context.channel, logger: context.logger)
        let logger = context.logger
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(slot) {} }
                let run = HoldFileRun(
                    upload: upload, secret: secret, summary: summary, writing: writing, logger: logger)
                try await run.run(job, &writer)
            })
    }

    /// Only the site that exported holds can say that they are gone. A file of before sites had an id is taken: of that
    /// each hold is looked at (`HoldDesk.discardExported`).
    private func refuseForeign(_ start: HoldFileStart) throws {
        guard let exporter = start.site, let site, exporter != site else { return }
        throw Problem(
            status: .conflict, type: "hold-file-of-another-site", title: "The file of holds is of another site",
            detail: "it was made at \(start.exportedAt) by \(start.by) at the site \(exporter), and this one is "
                + "\(site): discard its holds at the site that exported them; nothing was changed")
    }

    /// Holds that are over are deleted when their retention is over: an older file could bring them back.
    private func refuseOld(_ start: HoldFileStart) throws {
        guard start.exportedAt.advanced(by: retention) <= engine.clocks.now().wall else { return }
        throw Problem(
            status: .conflict, type: "hold-file-too-old", title: "The file of holds is too old",
            detail: "it was made at \(start.exportedAt), longer ago than holds are remembered here "
                + "(holds.retentionDays): what was imported from it once and is over could start again; export anew")
    }
}

/// What comes with a file in the query.
struct HoldFileOptions: Sendable {
    var isDryRun = false
    var allowsOpen = false
    var reason = ""

    init(_ request: Request, isImport: Bool) throws {
        for (name, value) in request.uri.queryParameters {
            let text = String(value)
            func flag() throws -> Bool {
                guard text == "true" || text == "false" else {
                    throw Problem.badRequest("invalid-value", "\(name)=\(text.prefix(100)) is not true or false")
                }
                return text == "true"
            }
            switch String(name) {
            case "dryRun": isDryRun = try flag()
            case "allowOpen" where isImport: allowsOpen = try flag()
            case "reason" where !isImport:
                guard text.utf8.count <= HTTPLimits.reasonByteCountMax, !text.allSatisfy(\.isWhitespace) else {
                    throw Problem.badRequest(
                        "invalid-value", "reason is not 1 to \(HTTPLimits.reasonByteCountMax) bytes of text")
                }
                reason = text
            default:
                throw Problem.badRequest(
                    "unknown-fields",
                    "\(name) is not known; there are dryRun, \(isImport ? "allowOpen" : "reason")")
            }
        }
        guard isImport || isDryRun || !reason.isEmpty else {
            throw Problem.badRequest("missing-field", "reason is missing: say why, in one sentence")
        }
    }
}

/// What a file says of itself, once all of it was read and is whole.
struct HoldFileSummary: Sendable {
    let start: HoldFileStart
    let count: HoldFileCount

    /// Reads the whole file.
    /// - Throws: A 422 problem when it is not whole and as it was made.
    @concurrent
    static func read(_ upload: HoldFileUpload, _ secret: HoldFileSecret) async throws -> HoldFileSummary {
        var start: HoldFileStart?
        var count = HoldFileCount()
        var lines = upload.lines(secret)
        while let found = try lines.next() {
            try Task.checkCancellation()
            for line in found {
                if case .start(let found) = line { start = found }
                if case .end(let found) = line { count = found }
            }
        }
        guard let start else { throw HoldFileUpload.unreadable(SealingError("the file has no beginning")) }
        return HoldFileSummary(start: start, count: count)
    }
}
