import HTTPTypes
import Hummingbird
import Logging
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `/v1/packs` and what is below it.
struct PackRoutes: Sendable {
    let engine: Engine
    let reader: PackReader
    /// Largest pack taken.
    let byteCountMax: Int
    let folder: String
    let slots = RequestSlots(
        countMax: HTTPLimits.packUploadCountMax, title: "Other packs are being loaded",
        detail: "\(HTTPLimits.packUploadCountMax) content packs are being loaded; send it again")

    /// Revisions shown of one pack.
    static let historyCountMax = 20

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("packs") { _, context in
            _ = try context.require(.viewer)
            let packs = engine.packs.revisions.map { JSONValue.object(PackCodec.summary($0)) }
            return Response.json(.object(JSONObject([("packs", .array(packs))])))
        }
        group.get("packs/:name") { _, context in try await show(context) }
        group.put("packs/:name") { request, context in try await load(request, context) }
    }

    /// The name of the path; the router leaves its escapes as they are.
    private func name(_ context: SluiceRequestContext) -> String? {
        let name = context.parameters.get("name")?.percentDecoded ?? ""
        return IdentifierLimits.allows(name) ? name : nil
    }

    private func show(_ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        var history: [PackRevision] = []
        if let name = name(context) {
            history = try await storing {
                try await engine.store.packHistory(name, limit: Self.historyCountMax + 1)
            }
        }
        guard let object = PackCodec.object(history, countMax: Self.historyCountMax) else {
            throw Problem.notFound("no content pack of this name was loaded; GET /v1/packs lists those that were")
        }
        return .json(.object(object))
    }

    private func load(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        guard let name = name(context) else {
            throw Problem.badRequest(
                "invalid-value",
                "the path names no pack: it needs 1 to \(IdentifierLimits.byteCountMax) bytes, percent-encoded, "
                    + "without control characters")
        }
        return try await slots.run {
            let upload = try await PackUpload.receive(request, byteCountMax: byteCountMax, folder: folder)
            let reading = await upload.file.read(reader)
            let content = try content(reading, upload, named: name)
            let impact = try await storing { try await engine.impact(of: content) }
            let loaded = try await storing { try await engine.packs.load(content, by: identity.principal) }
            context.logger.notice(
                "content pack loaded",
                metadata: [
                    "pack": "\(name)", "revision": "\(loaded.current.number)", "new": "\(loaded.isNew)",
                    "flows": "\(loaded.current.flows.count)", "holdsToStop": "\(impact.stoppedCount)",
                    "by": "\(identity.principal)",
                ])
            return .json(
                .object(PackCodec.object(loaded, impact, reading.diagnostics)),
                status: loaded.current.number == 1 && loaded.isNew ? .created : .ok)
        }
    }

    /// What was read, if it was read whole and is what the path says.
    ///
    /// All or nothing: a flow that could not be read would else count as gone, and its holds would stop.
    private func content(
        _ reading: PackReading, _ upload: PackUpload, named name: String
    ) throws -> PackShelf.Content {
        let errors = reading.diagnostics.filter { $0.severity == .error }
        if let first = errors.first {
            throw Problem(
                status: .unprocessableContent, type: "pack-unreadable", title: "The content pack cannot be read",
                detail: "\(errors.count) error\(errors.count == 1 ? "" : "s"), and nothing was loaded; the first: "
                    + first.description,
                members: [("diagnostics", PackCodec.diagnostics(errors))])
        }
        guard let own = reading.name else {
            throw Problem(
                status: .conflict, type: "pack-name", title: "The content pack has no name",
                detail: "the path says \"\(name)\", and the pack's contentpack.properties has no content.pack.name; "
                    + "give it that name",
                members: [("name", .string(name)), ("packName", .null)])
        }
        guard own.utf8.elementsEqual(name.utf8) else {
            let shown = own.prefix(IdentifierLimits.byteCountMax)
            throw Problem(
                status: .conflict, type: "pack-name", title: "The content pack has another name",
                detail: "the path says \"\(name)\", the pack's content.pack.name says \"\(shown)\"; "
                    + "send it to the path of its own name",
                members: [("name", .string(name)), ("packName", .string(String(shown)))])
        }
        return PackShelf.Content(name: own, version: reading.version, digest: upload.digest, flows: reading.flows)
    }
}
