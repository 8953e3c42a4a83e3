import CoreMetrics
import Logging
import SluiceCore
import SluiceForecast
import SluiceModel
import SluicePorts

extension Engine {
    /// Puts the watch of drains together: what it looks at, and what it needs to know of the gate.
    static func makeDrainWatch(
        _ basis: EngineBasis, sources: [any DrainSource], pause: CentralPause, durations: DurationLibrary,
        gatekeeper: Gatekeeper, seat: SeatKeeper?, leader: LeaderKeeper?
    ) -> DrainWatch {
        let (configuration, store, clocks) = (basis.configuration, basis.store, basis.clocks)
        let (fence, logger) = (basis.fence, basis.logger)
        var drain = configuration.drain
        if let seat {
            // What a replica let through right before it died is known only once its silence is noticed.
            let silence = ReplicaLimits.silence(seat.configuration.seat.lease) * 2
            drain.policy.settle = max(drain.policy.settle, silence)
        }
        var sources = sources
        if let central = basis.central {
            sources.append(
                CentralDrainSource(
                    central: central, store: store, packs: basis.packs, clocks: clocks, pause: pause,
                    configuration: drain,
                    pageSize: configuration.listPageSize))
        }
        let gate = DrainWatch.Gate(
            record: { seat?.isSeated ?? true ? gatekeeper.recorded : nil },
            acknowledge: { record in
                _ = await gatekeeper.acknowledge(record, since: clocks.now().monotonic)
                return !Task.isCancelled
            },
            inFlight: {
                await inFlight(store: store, gatekeeper: gatekeeper, seat: seat, leader: leader, clocks: clocks)
            })
        return DrainWatch(
            sources: sources, durations: basis.central == nil ? nil : durations, gate: gate, configuration: drain,
            memory: DrainWatch.Memory(
                read: {
                    try await store.endedDrains(limit: DrainWatchLimits.endedNoteCountMax).compactMap {
                        DrainOutcome(line: $0.cause)
                    }
                },
                keep: { outcome in
                    let note = AuditNote(
                        kind: AuditNote.drainEnded, at: clocks.now().wall, by: .sluice, text: outcome.line)
                    do {
                        try await store.commit([.note(note)], fence: fence.current)
                    } catch {
                        logger.warning(
                            "what a drain's estimates were worth is not on record", metadata: ["error": "\(error)"])
                    }
                }), clocks: clocks, logger: logger, metricsFactory: basis.metricsFactory)
    }

    private static func inFlight(
        store: any Store, gatekeeper: Gatekeeper, seat: SeatKeeper?, leader: LeaderKeeper?, clocks: any Clocks
    ) async -> DrainInFlight {
        let own = InFlightPart(
            name: seat?.configuration.name ?? "this process", count: gatekeeper.snapshot().inFlightCount, source: .told)
        let others = leader?.othersInFlight
        var trouble: String?
        if let others, others.age.map({ $0 > ReplicaLimits.unseenDurationMax }) ?? true {
            trouble = "the replicas' seats were not read lately"
        }
        do {
            let launching = try await store.counts().total(.launching)
            return DrainInFlight(parts: [own] + (others?.parts ?? []), launchingCount: launching, trouble: trouble)
        } catch {
            return DrainInFlight(
                parts: [own] + (others?.parts ?? []), trouble: "Sluice's store cannot be read: \(error)")
        }
    }
}
