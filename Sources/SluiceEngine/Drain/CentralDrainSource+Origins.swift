import SluiceCore
import SluiceModel
import SluicePorts

extension CentralDrainSource {
    /// Asks for the variables of each execution once, when the drain is about what CSA started: beside a maintenance of
    /// CSA alone OO goes on, and CSA may stop only when nothing runs that answers to it (csa-api.md section 7).
    ///
    /// What is not known yet counts as CSA's.
    func learnOrigins(_ look: inout Look) async {
        let scopes = look.memory.scopes
        guard !scopes.isEmpty, scopes.allSatisfy({ MaintenanceGate.isOfCSA($0) }) else { return }
        // Of what has ended nothing is kept, of what passed between two looks neither.
        let known = look.memory.known
        look.memory.isOfCSA = look.memory.isOfCSA.filter { known[$0.key] != nil }
        look.memory.originTries = look.memory.originTries.filter { known[$0.key] != nil }
        let ids = known.keys.sorted() + look.passed.map(\.id)
        let tries = look.memory.originTries
        // Those that were never asked for come first.
        let unknown = ids.filter { look.memory.isOfCSA[$0] == nil }.sorted {
            (tries[$0] ?? 0, $0) < (tries[$1] ?? 0, $1)
        }
        var found: [ExecutionID: Bool] = [:]
        var trouble: String?
        for id in unknown.prefix(DrainWatchLimits.originCallCountMax) {
            look.memory.originTries[id, default: 0] += 1
            do {
                found[id] = try await pause.read(for: .release) { try await central.variables(of: id) }.areOfCSA
            } catch let error as CentralError where error.code == .missing {
                // It has just ended, or is not logged.
                continue
            } catch {
                trouble = trouble ?? "\(error)"
                if Task.isCancelled { return }
                // What keeps this one from being read may keep no other.
                if let error = error as? CentralError, error.code != .unreachable, error.code != .unauthorized {
                    continue
                }
                break
            }
        }
        look.memory.isOfCSA.merge(found) { _, new in new }
        if let trouble { look.notes.append("whether CSA started them is not known of all executions: \(trouble)") }
    }
}
