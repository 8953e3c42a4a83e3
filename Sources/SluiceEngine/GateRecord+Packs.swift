import Logging
import SluiceModel

extension GateRecord {
    /// Whether what it lets through depends on the content packs that are known.
    private var namesPacks: Bool {
        scopes.contains { place in
            switch place.scope {
            case .contentPack, .path: true
            case .flow, .source, .tenant, nil: false
            }
        }
    }

    /// Reads the content packs before it is decided by this gate, or before others are told that it is: it may name
    /// one that was loaded a moment before. One that names none needs none.
    /// - Throws: What the read does, if a launch could get through for want of it. While the whole gate is closed a
    ///   flow of which nothing is known is held, so that an unreadable pack does not stand in the way of an emergency.
    func learnPacks(_ logger: Logger, _ read: () async throws -> Void) async throws {
        guard namesPacks else { return }
        do {
            try await read()
        } catch {
            logger.error("the content packs on record cannot be read", metadata: ["error": "\(error)"])
            if whole.mode.isOpen { throw error }
        }
    }
}
