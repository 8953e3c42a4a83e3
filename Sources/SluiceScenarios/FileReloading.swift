import Logging
import ServiceLifecycle
import SluiceEngine
import SluiceModel
import SluicePorts
import UnixSignals

/// Reads the files of schedules and blackouts again on SIGHUP. What cannot be read is logged, and what stands stays.
/// Central is asked again at once, if it refused the account before; so is CSA, with its password read again.
///
/// The keys of the configuration themselves count from the next start on.
struct FileReloading: Service {
    let settings: ServiceSettings
    let engine: Engine
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in signals { await reload() }
        }
    }

    private func reload() async {
        logger.notice("files are read again (SIGHUP)")
        engine.hurryCentral()
        do {
            try engine.retryCSA()
        } catch {
            logger.error("CSA's account cannot be read again", metadata: ["error": "\(error)"])
        }
        do {
            try ScheduleLoading.load(
                settings.schedules, on: engine.forecasts.shelf, at: engine.clocks.now().wall, logger: logger)
            try await BlackoutLoading.load(
                settings.blackouts, zone: settings.schedules.zone, in: engine.windows, logger: logger)
        } catch {
            logger.error("files are not taken over; those of before stand", metadata: ["error": "\(error)"])
        }
    }
}
