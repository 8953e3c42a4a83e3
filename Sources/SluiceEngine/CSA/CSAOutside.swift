import SluiceCore
import SluiceModel
import SluicePorts
import Synchronization

/// What CSA's three outside systems share: errors in the journal's words, and a time by which each call has ended.
enum CSAOutside {
    static func outsideError(_ error: any Error) -> OutsideError {
        if let error = error as? OutsideError { return error }
        guard let error = error as? CSAError else { return OutsideError(.unreachable, "\(error)") }
        let code: OutsideError.Code =
            switch error.code {
            case .unauthorized: .unauthorized
            case .unreadable: .unreadable
            case .status, .missing: .status
            default: .unreachable
            }
        return OutsideError(code, error.message)
    }

    /// - Throws: `OutsideError`.
    static func read<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            throw outsideError(error)
        }
    }

    /// Sends what was asked for, in one call or in several; what has not come to an end in time is of unknown fate.
    static func write(
        _ writes: [OutsideWrite], within limit: Duration, _ clocks: any Clocks,
        _ send: @escaping @Sendable (CSAOutcomes) async -> Void
    ) async -> [OutsideOutcome] {
        let outcomes = CSAOutcomes()
        let deadline = clocks.now().monotonic.advanced(by: limit)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await send(outcomes) }
            group.addTask { try? await clocks.sleep(until: deadline) }
            await group.next()
            group.cancelAll()
        }
        return writes.map { outcomes.outcome(of: $0.object) }
    }

    /// Those that still are as they were read; of the others nothing is sent.
    ///
    /// What somebody changed since is theirs, and the journal has to see it first.
    static func unchanged(
        _ writes: [OutsideWrite], in system: some OutsideSystem, _ outcomes: CSAOutcomes
    ) async -> [OutsideWrite] {
        await inParallel(writes, limit: CSASiteLimits.detailCallCountMax) { write -> OutsideWrite? in
            do {
                if try await system.read(write.object)?.fields == write.basedOn.fields { return write }
                outcomes.set(write.object, .stale)
            } catch {
                outcomes.set(write.object, .notSent(outsideError(error)))
            }
            return nil
        }.compactMap(\.self)
    }

    /// The text of a policy's or offering's own, shut.
    static func sealed(_ text: String, _ sealer: any Sealer) throws -> SealedBytes? {
        guard !text.isEmpty else { return nil }
        do {
            return try sealer.seal(Secret(text), context: recordContext)
        } catch {
            throw OutsideError(.status, "a record could not be sealed: \(error)")
        }
    }

    /// What a record of CSA is sealed for.
    static let recordContext = "csa-record"
}

/// What became of the objects of one write, as far as is known.
final class CSAOutcomes: Sendable {
    private let known = Mutex<[String: OutsideOutcome.Result]>([:])

    func set(_ object: String, _ result: OutsideOutcome.Result) { known.withLock { $0[object] = result } }

    /// Before a byte is sent for it: from here on silence is of unknown fate.
    func sending(_ objects: [String]) {
        let late = OutsideError(.unreachable, "CSA did not answer in time; whether it took effect is not known")
        for object in objects { set(object, .unknown(late)) }
    }

    func outcome(of object: String) -> OutsideOutcome {
        OutsideOutcome(
            object,
            known.withLock { $0[object] }
                ?? .notSent(OutsideError(.unreachable, "CSA did not answer in time; nothing was sent for it")))
    }

    /// What one item of a call that changes many came to.
    func set(_ object: String, _ item: CSAItemOutcome) {
        switch item {
        case .succeeded: set(object, .taken(nil))
        case .failed(let message): set(object, .refused(message))
        // It shows when it is read.
        case .missing, .unmentioned:
            set(object, .unknown(OutsideError(.status, "CSA did not say that it is done")))
        }
    }

    /// One call about many objects, in their order.
    func send(_ objects: [String], _ call: () async throws -> [CSAItemOutcome]) async {
        sending(objects)
        do {
            for (object, item) in zip(objects, try await call()) { set(object, item) }
        } catch {
            set(objects, failed: error)
        }
    }

    func set(_ objects: [String], failed error: any Error) {
        let outside = CSAOutside.outsideError(error)
        // Refused before anything else is looked at.
        let isRefused = outside.code == .unauthorized
        for object in objects { set(object, isRefused ? .notSent(outside) : .unknown(outside)) }
    }
}
