import Logging
import SluiceForecast
import Synchronization

/// What past drains' estimates were worth outlives this process: each outcome is kept, and the newest are read again.
extension DrainWatch {
    /// Keeps what is not kept yet.
    func keepOutcomes() async {
        let outcomes = state.withLock { state in
            defer { state.unkept = [] }
            return state.unkept
        }
        for outcome in outcomes { await memory.keep(outcome) }
    }

    /// Takes over what is on record; what ended here and is not there, or not yet, counts too.
    func readCalibration() async {
        do {
            let kept = try await memory.read()
            state.withLock { state in
                let own = state.own.filter { !kept.contains($0) }
                state.own = own
                state.calibration = DrainCalibration()
                for outcome in kept + own { state.calibration.add(outcome) }
            }
        } catch {
            logger.warning(
                "what past drains' estimates were worth cannot be read; it is tried again with the next drain",
                metadata: ["error": "\(error)"])
        }
    }
}

extension DrainWatch.State {
    /// Takes a drain that is over.
    mutating func add(_ outcome: DrainOutcome) {
        calibration.add(outcome)
        own = own.suffix(DrainCalibration.outcomeCountMax - 1) + [outcome]
        unkept = unkept.suffix(DrainCalibration.outcomeCountMax - 1) + [outcome]
    }
}
