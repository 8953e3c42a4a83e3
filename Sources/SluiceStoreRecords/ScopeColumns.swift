package import SluiceModel

/// A scope as two columns.
package struct ScopeColumns {
    package let kind: String
    package let value: String

    package init(_ scope: Scope) {
        switch scope {
        case .flow(let flow): (kind, value) = ("flow", flow.text)
        case .path(let glob): (kind, value) = ("path", glob.pattern)
        case .contentPack(let name): (kind, value) = ("pack", name)
        case .source(let source): (kind, value) = ("source", source.rawValue)
        case .tenant(let tenant): (kind, value) = ("tenant", tenant.text)
        }
    }

    /// - Throws: `StoreError` when the row was not written by this schema.
    package static func scope(kind: String, value: String) throws -> Scope {
        switch kind {
        case "flow": return .flow(FlowID(value))
        case "path": if let glob = PathGlob(value) { return .path(glob) }
        case "pack": return .contentPack(value)
        case "source": if let source = LaunchSource(rawValue: value) { return .source(source) }
        case "tenant": return .tenant(TenantID(value))
        default: break
        }
        throw StoredWord.unreadable("scope \(kind):\(value)")
    }
}
