import Logging
import SluiceContent
import SluiceModel
import SluicePorts

/// Makes the gate's inventory of the content packs that the configuration names.
enum PackLoading {
    /// Reads all packs; what cannot be read is logged, and what can be is used.
    /// - Throws: `ServiceError` when a pack gives nothing at all: a wrong path must not look like an empty inventory.
    static func inventory(of paths: [String], logger: Logger) throws -> Inventory {
        var flows: [KnownFlow] = []
        for path in paths {
            let pack = ContentPackReader().read(path: path)
            for diagnostic in pack.diagnostics where diagnostic.severity != .note {
                logger.warning("content pack", metadata: ["diagnostic": "\(diagnostic)"])
            }
            guard !pack.flows.isEmpty || !pack.hasErrors else {
                let first = pack.diagnostics.first { $0.severity == .error }.map(\.description) ?? "no flow was found"
                throw ServiceError("the content pack \(path) cannot be read: \(first)")
            }
            let known = pack.flows.filter { $0.kind == .flow || $0.kind == .cloudSlangFlow }
            logger.notice(
                "content pack loaded",
                metadata: ["pack": "\(pack.name ?? path)", "flows": "\(known.count)", "path": "\(path)"])
            flows += known.map { knownFlow($0, in: pack) }
        }
        return Inventory(flows, isLoaded: !paths.isEmpty)
    }

    private static func knownFlow(_ flow: PackFlow, in pack: ContentPack) -> KnownFlow {
        KnownFlow(
            id: FlowID(flow.id), name: flow.name, path: libraryPath(flow.path), contentPack: pack.name ?? "",
            isGated: flow.isGated,
            inputs: flow.inputs.map {
                KnownInput(name: $0.name, isRequired: $0.isRequired, isEncrypted: $0.isSecret)
            })
    }

    /// `Content/Library/a/b.xml` as Central spells it: `Library/a/b` (oo-central-api.md 4.1, suffix cut).
    static func libraryPath(_ path: String) -> String {
        var text = Substring(path)
        if text.lowercased().hasPrefix("content/") { text = text.dropFirst("content/".count) }
        for suffix in [".xml", ".sl"] where text.lowercased().hasSuffix(suffix) { text = text.dropLast(suffix.count) }
        return String(text)
    }
}
