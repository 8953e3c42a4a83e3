public import SluicePluginKit

/// What every `LaunchInterceptor` must do, told as laws; run each over one that you configured.
///
/// ```swift
/// @Test(arguments: InterceptorConformance.allCases)
/// func keepsTheLaw(law: InterceptorConformance) async throws {
///     try await law.check(samples: [aLaunchThatItKnows]) { NightShift(opens: 22) }
/// }
/// ```
public enum InterceptorConformance: String, CaseIterable, Sendable {
    /// The same launch at the same time: the same said, also by a second one of the same configuration.
    case saysTheSameOfTheSame
    /// Asked from many tasks at once it says what it says alone.
    case saysTheSameBesideItself
    /// Empty, long, Unicode, quotes, control characters, times at the ends of the calendar.
    case takesOddLaunches
    /// One with 10,000 inputs, and one with a megabyte in one input.
    case takesHugeLaunches
    /// Keys that an asker could send, times within the calendar, an expiry after the not-before, reasons of a line.
    case saysNothingThatIsRefused
    /// Asked again about a launch that it annotated, it adds nothing that contradicts what it said.
    case agreesWithItself
    /// A cancelled question ends.
    case endsWhenCancelled

    /// A law that was broken.
    public struct Violation: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// How many questions are asked at once.
    public static let askedAtOnceCount = 64

    /// - Parameters:
    ///   - samples: Launches that it has something to say of; the odd ones are made of these, too.
    ///   - now: The time it is given.
    ///   - limit: For one answer, and for the end of a cancelled one; generous, since test machines are busy.
    ///   - make: Makes one; each has the same configuration.
    /// - Throws: `Violation`, or whatever `make` threw.
    public func check(
        samples: [LaunchRequest] = [], at now: Timestamp = Timestamp(milliseconds: 1_764_500_000_000),
        within limit: Duration = .seconds(10), _ make: @Sendable () throws -> any LaunchInterceptor
    ) async throws {
        let interceptor = try make()
        let trial = Trial(interceptor: interceptor, now: now, limit: limit)
        let result: Result<Void, any Error>
        do {
            try await check(trial, samples + OddLaunches.all(like: samples), make)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await interceptor.stop()
        try result.get()
    }

    private func check(
        _ trial: Trial, _ launches: [LaunchRequest], _ make: () throws -> any LaunchInterceptor
    ) async throws {
        switch self {
        case .saysTheSameOfTheSame:
            let twin = Trial(interceptor: try make(), now: trial.now, limit: trial.limit)
            for launch in launches {
                let first = try await trial.ask(launch)
                let again = try await trial.ask(launch)
                let second = try await twin.ask(launch)
                try demand(first == again, "\(name(launch)): first \(first), then \(again)")
                try demand(first == second, "\(name(launch)): one says \(first), its twin \(second)")
            }
            await twin.interceptor.stop()
        case .saysTheSameBesideItself:
            var alone: [Trial.Saying] = []
            for launch in launches { alone.append(try await trial.ask(launch)) }
            let expected = alone
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<Self.askedAtOnceCount {
                    group.addTask {
                        let index = number % launches.count
                        let said = try await trial.ask(launches[index])
                        try demand(said == expected[index], "\(name(launches[index])): \(said), not \(expected[index])")
                    }
                }
                try await group.waitForAll()
            }
        case .takesOddLaunches:
            for launch in launches { _ = try await trial.ask(launch) }
        case .takesHugeLaunches:
            for launch in OddLaunches.huge(like: launches) { _ = try await trial.ask(launch) }
        case .saysNothingThatIsRefused:
            for launch in launches {
                guard case .said(let interception) = try await trial.ask(launch) else { continue }
                try demand(
                    fault(of: interception, launch) == nil, "\(name(launch)): \(fault(of: interception, launch)!)")
            }
        case .agreesWithItself:
            for launch in launches {
                guard case .said(.annotate(let annotations, _)) = try await trial.ask(launch) else { continue }
                var annotated = launch
                annotated.annotate(annotations)
                guard case .said(.annotate(let more, _)) = try await trial.ask(annotated) else {
                    throw Violation(description: "\(name(launch)): says no to what it annotated itself")
                }
                try demand(more.fault(beside: annotated) == nil, "\(name(launch)): \(more.sentence), once more")
            }
        case .endsWhenCancelled:
            for launch in launches.prefix(8) { try await trial.askAndCancel(launch) }
        }
    }

    private func fault(of interception: Interception, _ launch: LaunchRequest) -> String? {
        switch interception {
        case .annotate(let annotations, let remark):
            if let fault = annotations.fault(beside: launch) { return fault }
            return remark.flatMap { $0.isEmpty ? "an empty remark" : lineFault($0) }
        case .reject(let reason): return reason.isEmpty ? "a rejection without a reason" : lineFault(reason)
        }
    }

    private func lineFault(_ text: String) -> String? {
        let note = PluginNote(plugin: "", outcome: .annotated, text: text)
        return note.text == text
            ? nil
            : "a text of \(text.unicodeScalars.count) characters, or with a control character: \(note.text)"
    }
}

/// Throws a violation when something is not so.
func demand(_ isSo: Bool, _ message: @autoclosure () -> String) throws {
    if !isSo { throw InterceptorConformance.Violation(description: message()) }
}

private func name(_ launch: LaunchRequest) -> String {
    "\(launch.start.runName ?? "a launch") of \(launch.flow.text.prefix(60))"
}
