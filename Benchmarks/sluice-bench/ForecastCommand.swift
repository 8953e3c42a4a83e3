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

    /// A Monday.
    private static let start = Timestamp(milliseconds: 1_780_272_000_000)

    func run() async throws {
        let planned = try (0..<schedules).map { try Self.schedule($0) }
        var history = Self.history(schedules)
        let outlook = GateOutlook(inWindow: { _ in .hold(.maintenance) }, outside: { _ in .proceed(.open) })
        let window = Self.start.advanced(by: .seconds(12 * 86_400))
        var query = Forecast.Query(window: window..<window.advanced(by: .seconds(14_400)), now: Self.start)
        query.span = Self.start..<Self.start.advanced(by: .seconds(30 * 86_400))
        let (forecast, forecasting) = try Self.measured {
            Forecast(planned, query: query, outlook: outlook, history: &history)
        }
        let peak = Self.peakMegabytes()
        var quiet = QuietSearch.Query(
            horizon: Self.start..<Self.start.advanced(by: .seconds(14 * 86_400)), lengthMilliseconds: 14_400_000,
            now: Self.start)
        quiet.workingHours = [WorkingHours("MON-FRI 08:00-18:00")].compactMap { $0 }
        let (search, searching) = try Self.measured {
            QuietSearch(planned, query: quiet, outlook: outlook, history: &history)
        }
        guard !forecast.isCut, !search.isCut, search.windows.count == 5 else { throw BenchError("the forecast is cut") }
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

    /// What a large installation may have: mostly nightly, a fifth hourly, some every few minutes, weekly or monthly.
    /// Hardly two expressions are alike, so hardly any is gone through for another.
    private static func schedule(_ number: Int) throws -> PlannedSchedule {
        let (second, minute, hour) = (number / 100 * 7 % 60, number * 7 % 60, (20 + number * 5 % 11) % 24)
        let text =
            switch number % 100 {
            case ..<60: "\(second) \(minute) \(number % 10 < 7 ? hour : number % 24) * * ?"
            case ..<80: "\(second) \(minute) * * * ?"
            case ..<88: "\(second) \(minute % 15)/15 * * * ?"
            case ..<90: "\(second) \(minute % 5)/5 * * * ?"
            case ..<97: "\(second) \(minute) \(hour) ? * \(number % 7 + 1)"
            default: "\(second) \(minute) \(hour) \(number % 28 + 1) * ?"
            }
        let policies: [MisfirePolicy] = [.latest, .skip, .all, .notOlderThan(seconds: 7200)]
        let zone = zones[number % zones.count]
        return PlannedSchedule(
            id: ScheduleID("s\(number)"), origin: .file("bench"), name: "s\(number)", flow: FlowID("f\(number % 2000)"),
            trigger: Trigger(timing: .cron(try CronExpression(text), zone), start: .zero),
            policy: policies[number % 4], isUnsafeToMiss: number % 500 == 0)
    }

    private static let zones = [0, 1, -5, 9].map { hours in
        TimeZoneRules(identifier: "GMT\(hours)", fixedOffsetSeconds: hours * 3600)
    }

    /// 200 past durations of each flow.
    private static func history(_ count: Int) -> DurationHistory {
        var history = DurationHistory()
        for flow in 0..<min(count, 2000) {
            for number in 0..<200 {
                history.add(
                    FlowID("f\(flow)"), milliseconds: Int64(10_000 + flow * 37 % 400 * 1000 + number * 919 % 60_000))
            }
        }
        return history
    }

    private static func peakMegabytes() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }
}
