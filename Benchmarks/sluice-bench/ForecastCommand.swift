import ArgumentParser
import SluiceForecast
import SluiceModel

#if canImport(Glibc)
    import Glibc
#endif

/// Forecasts a month of many schedules, and searches two weeks of them for quiet windows.
struct ForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Forecast 30 days of many schedules and find quiet windows within 14; say what it took.")

    @Option(help: "How many schedules.")
    var schedules = 10_000

    func run() async throws {
        let planned = try PlannedMix().schedules(schedules)
        var history = PlannedMix.history(schedules)
        let outlook = GateOutlook(inWindow: { _ in .hold(.maintenance) }, outside: { _ in .proceed(.open) })
        // Across the moment when London's clock goes forward.
        let window = PlannedMix.start.advanced(by: .seconds(19 * 86_400 + 79_200))
        var query = Forecast.Query(window: window..<window.advanced(by: .seconds(14_400)), now: PlannedMix.start)
        query.span = PlannedMix.start..<PlannedMix.start.advanced(by: .seconds(30 * 86_400))
        let (forecast, forecasting) = try Self.measured {
            Forecast(planned, query: query, outlook: outlook, history: &history)
        }
        let peak = Self.peakMegabytes()
        let begin = PlannedMix.start.advanced(by: .seconds(14 * 86_400))
        var quiet = QuietSearch.Query(
            horizon: begin..<begin.advanced(by: .seconds(14 * 86_400)), lengthMilliseconds: 14_400_000,
            now: PlannedMix.start)
        quiet.workingHours = [WorkingHours("MON-FRI 08:00-18:00")].compactMap { $0 }
        let (search, searching) = try Self.measured {
            QuietSearch(planned, query: quiet, outlook: outlook, history: &history)
        }
        guard !forecast.isCut, !forecast.drain.isCut, !search.isCut, !search.drainsAreCut, search.windows.count == 5
        else { throw BenchError("the forecast is cut") }
        print(
            #"{"schedules":\#(schedules),"launches":\#(forecast.counts.total),"held":\#(forecast.countsInWindow.held),"#
                + #""forecastSeconds":\#(forecasting.wall),"forecastCPUSeconds":\#(forecasting.cpu),"peakMB":\#(peak),"#
                + #""quietSeconds":\#(searching.wall),"quietCPUSeconds":\#(searching.cpu),"#
                + #""starts":\#(search.startCount),"quietPeakMB":\#(Self.peakMegabytes())}"#)
    }

    private static func measured<Result>(
        _ work: () -> Result
    ) throws -> (Result, (wall: Double, cpu: Double)) {
        let before = try ProcessUsage.now().cpu
        let start = ContinuousClock.now
        let result = work()
        return (result, (start.duration(to: .now).inSeconds, (try ProcessUsage.now().cpu - before).inSeconds))
    }

    private static func peakMegabytes() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }
}
