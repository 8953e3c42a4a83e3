import SluiceContent

/// Reads packs for lint, graphs and all.
enum LintLoading {
    /// The packs at the paths, in their order; what cannot be read is in each pack's diagnostics.
    static func packs(_ paths: [String]) -> [LintPack] {
        let reader = ContentPackReader()
        return paths.map { path in
            var documents: [FlowDocument] = []
            let pack = reader.documents(path: path) { documents.append($0) }
            return LintPack(pack: pack, documents: documents)
        }
    }
}
