import SluiceModel

/// Files that are neither flows nor configuration items.
extension PackComparisonRun {
    mutating func compareFiles() {
        for path in old.files.map(\.path) where !toldPaths.contains(path) && new.file(path) == nil {
            difference.files.append("\(Self.name(path)) is gone")
        }
        for path in new.files.map(\.path) where !toldPaths.contains(path) {
            guard old.file(path) != nil else {
                difference.files.append("\(Self.name(path)) is new")
                continue
            }
            if let one = old.prints[path] ?? nil, let other = new.prints[path] ?? nil, one == other { continue }
            compareFile(path)
        }
    }

    private mutating func compareFile(_ path: String) {
        let name = Self.name(path)
        let changes: [String]?
        switch PackPlace(path) {
        case .properties:
            changes = properties("property", path, except: PackIdentity.keys)
            guard changes?.isEmpty == true, difference.identity.isEmpty else { break }
            difference.layoutFiles.append("\(name): \(FlowDifference.otherLayout)")
        case .texts, .folderTexts:
            changes = properties("text", path)
            if changes?.isEmpty == true { difference.layoutFiles.append("\(name): \(FlowDifference.otherLayout)") }
        case .pom: changes = pom(path)
        default: changes = nil
        }
        difference.files += changes.map { $0.map { "\(name): \($0)" } } ?? ["\(name) differs"]
    }

    private func properties(_ what: String, _ path: String, except told: Set<String> = []) -> [String]? {
        guard let before = bytes(path, of: old), let after = bytes(path, of: new) else { return nil }
        return PropertiesComparison(what, from: before, to: after, except: told).changes
    }

    private mutating func pom(_ path: String) -> [String]? {
        guard let one = old.file(path), let other = new.file(path),
            let outcome = DocumentComparison(limits: limits).items(
                .init(file: one, source: old.sources[0]), .init(file: other, source: new.sources[0]))
        else { return nil }
        // What a pack needs is told of the pack.
        let isTold = difference.identity.contains { $0.hasPrefix("needs ") }
        let changes = outcome.changes.filter { !isTold || !$0.hasPrefix("differs in `dependencies/") }
        if outcome.changes.isEmpty { difference.layoutFiles.append("\(path): \(FlowDifference.otherLayout)") }
        return changes
    }

    private func bytes(_ path: String, of side: PackSide) -> [UInt8]? {
        guard let file = side.file(path), file.size <= limits.textsBytesMax else { return nil }
        return try? side.sources[0].bytes(file, limits: limits)
    }

    private static func name(_ path: String) -> String {
        switch PackPlace(path) {
        case .library: "library \(shown(path))"
        case .signature: "signature \(shown(path))"
        case .properties, .pom: shown(path)
        case .texts, .folderTexts: "texts \(shown(path))"
        default: "file \(shown(path))"
        }
    }
}
