import Dispatch
import Logging
import SluiceContent
import SluiceEngine
import SluiceHTTP
import SluiceModel

/// Reads content packs for the gate: those that the configuration names, and those that are sent to it.
enum PackLoading {
    // MARK: At the start

    /// Reads the packs that the configuration names; what cannot be read is logged, and what can be is used.
    /// - Throws: `ServiceError` when a pack gives nothing at all, since a wrong path must not look like an empty
    ///   inventory; when it has a name that cannot be used, or one that another of them has, too.
    static func contents(of paths: [String], logger: Logger) throws -> [PackShelf.Content] {
        var contents: [PackShelf.Content] = []
        var places: [String: String] = [:]
        for path in paths {
            let content = try content(of: path, logger: logger)
            if let other = places[content.name] {
                throw ServiceError(
                    "the content packs \(other) and \(path) (packs) are both called \"\(content.name)\"; "
                        + "leave one of them out")
            }
            places[content.name] = path
            contents.append(content)
        }
        return contents
    }

    private static func content(of path: String, logger: Logger) throws -> PackShelf.Content {
        let digest = PackDigest.ofFile(path)
        let pack = ContentPackReader().read(path: path)
        for diagnostic in pack.diagnostics where diagnostic.severity != .note {
            logger.warning("content pack", metadata: ["diagnostic": "\(diagnostic)"])
        }
        guard !pack.flows.isEmpty || !pack.hasErrors else {
            let first = pack.diagnostics.first { $0.severity == .error }.map(\.description) ?? "no flow was found"
            throw ServiceError("the content pack \(path) cannot be read: \(first)")
        }
        let name = pack.givenName ?? path
        guard IdentifierLimits.allows(name) else {
            throw ServiceError(
                "the content pack \(path) needs a name (content.pack.name) of 1 to \(IdentifierLimits.byteCountMax) "
                    + "bytes without control characters")
        }
        return PackShelf.Content(name: name, version: pack.version, digest: digest, flows: pack.knownFlows(path))
    }

    /// Puts what was read at the start on record.
    /// - Throws: `StoreError`.
    static func load(_ contents: [PackShelf.Content], on shelf: PackShelf, logger: Logger) async throws {
        for content in contents {
            let (current, isNew, _) = try await shelf.loadConfigured(content)
            let metadata: Logger.Metadata = [
                "pack": "\(current.name)", "revision": "\(current.number)", "flows": "\(current.flows.count)",
                "by": "\(current.by)",
            ]
            if isNew {
                logger.notice("content pack loaded", metadata: metadata)
            } else if current.by == .sluice {
                logger.notice("content pack as before", metadata: metadata)
            } else {
                logger.warning("content pack: a later one stands, not that of the configuration", metadata: metadata)
            }
        }
        let configured = Set(contents.map(\.name))
        for revision in shelf.revisions where revision.by == .sluice && !configured.contains(revision.name) {
            logger.warning(
                "content pack is no longer in the configuration, and stands as it was loaded last",
                metadata: ["pack": "\(revision.name)", "revision": "\(revision.number)"])
        }
    }

    // MARK: At run time

    /// Reads a file that was sent. On a thread of its own: a large pack takes seconds, and the gate's few threads are
    /// there to answer.
    static let reader: PackReader = { path in
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: reading(of: path)) }
        }
    }

    static func reading(of path: String) -> PackReading {
        let pack = ContentPackReader().read(path: path)
        return PackReading(
            name: pack.givenName, version: pack.version, flows: pack.knownFlows(path),
            diagnostics: pack.diagnostics.map { diagnostic in
                var plain = diagnostic
                // The file's own path says nothing to whoever sent it.
                if plain.file.hasPrefix(path) {
                    plain.file = String(plain.file.dropFirst(path.count))
                    if plain.file.hasPrefix("!/") { plain.file = String(plain.file.dropFirst(2)) }
                }
                return plain
            })
    }
}

extension ContentPack {
    /// `content.pack.name`, unless it says nothing.
    fileprivate var givenName: String? { name.flatMap { $0.trimmed.isEmpty ? nil : $0 } }

    /// What the gate has to know of its flows. Operations cannot be launched.
    fileprivate func knownFlows(_ path: String) -> [KnownFlow] {
        let identityReaders = IdentityReaders.flows(path: path)
        return flows.filter { $0.kind == .flow || $0.kind == .cloudSlangFlow }.map { flow in
            KnownFlow(
                id: FlowID(flow.id), name: flow.name, path: PackLoading.libraryPath(flow.path),
                contentPack: name ?? "", isGated: flow.isGated,
                inputs: flow.inputs.map(KnownInput.init), readsIdentity: identityReaders.contains(flow.id))
        }
    }
}

extension KnownInput {
    fileprivate init(_ input: PackInput) {
        self.init(
            name: input.name, isRequired: input.mustBeGiven, isEncrypted: input.isSecret,
            reading: Reading(
                isTaken: input.takesGivenValue, type: input.type.isEmpty ? "STRING" : input.type,
                listDelimiter: input.listDelimiter))
    }
}

extension PackLoading {
    /// `Content/Library/a/b.xml` as Central spells it: `Library/a/b` (oo-central-api.md 4.1, suffix cut).
    static func libraryPath(_ path: String) -> String {
        var text = Substring(path)
        if text.lowercased().hasPrefix("content/") { text = text.dropFirst("content/".count) }
        for suffix in [".xml", ".sl"] where text.lowercased().hasSuffix(suffix) { text = text.dropLast(suffix.count) }
        return String(text)
    }
}
