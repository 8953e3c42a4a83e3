import SluiceCore
import SluiceModel
import SluicePluginKit
import SluicePorts
import Synchronization

/// What came of asking one plugin.
enum PluginAnswer: Sendable {
    case said(Interception)
    case failed(PluginFault)
}

/// How a plugin failed.
struct PluginFault: Hashable, Sendable {
    /// The word in the metrics.
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case threw
        case timedOut = "timed-out"
        /// It was still busy with others when the time was over.
        case busy
        case garbage
        /// It was not asked: it keeps failing.
        case resting
        /// It was not asked: the plugins before it took all the time there is.
        case late
    }

    var kind: Kind
    var text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

/// Asks one interceptor: so many questions at once, each on the plugin's own threads, none longer than its time, none
/// while its breaker is open.
///
/// What hangs is given up, not waited for: its task is cancelled and keeps its place until it ends.
final class PluginLane: Sendable {
    private struct Call {
        var launch: LaunchView
        var now: Timestamp
        /// nil: it was answered, and its task still runs.
        var continuation: CheckedContinuation<PluginAnswer, Never>?
        var timer: Task<Void, Never>?
        /// nil: it waits for a place.
        var task: Task<Void, Never>?
        var isRunning = false
    }

    private struct State {
        var calls: [UInt64: Call] = [:]
        var waiting: [UInt64] = []
        var nextID: UInt64 = 0
        var runningCount = 0
        var hangingCount = 0
        var answerCount = 0
        var faultCount = 0
        var lastFault: String?
        var breaker = PluginBreaker()
    }

    let plugin: HostedPlugin
    private let interceptor: any LaunchInterceptor
    private let clocks: any Clocks
    private let threads = PluginThreads()
    private let state = Mutex(State())

    init?(_ plugin: HostedPlugin, clocks: any Clocks) {
        guard let interceptor = plugin.interceptor else { return nil }
        self.plugin = plugin
        self.interceptor = interceptor
        self.clocks = clocks
    }

    /// How it is doing.
    func condition(at now: MonotonicTime) -> PluginState {
        state.withLock { state in
            var rest: Duration?
            if case .open(let until) = state.breaker.state { rest = max(.zero, until.since(now)) }
            return PluginState(
                name: plugin.name, kind: plugin.kind, version: plugin.version, summary: plugin.summary,
                isInterceptor: true, isSource: plugin.source != nil, onFault: plugin.onFault, budget: plugin.budget,
                answerCount: state.answerCount, faultCount: state.faultCount, hangingCount: state.hangingCount,
                waitingCount: state.waiting.count,
                restsFor: rest, lastFault: state.lastFault)
        }
    }

    /// Asks about one launch; returns by the deadline, whatever the plugin does.
    ///
    /// - Parameter judge: What is wrong with what it said, for the breaker's count; nil: nothing.
    func ask(
        _ launch: LaunchView, until deadline: MonotonicTime, _ judge: (Interception) -> String?
    ) async -> PluginAnswer {
        let now = clocks.now()
        guard now.monotonic < deadline else {
            return noted(PluginFault(.late, "the plugins before it took all the time"))
        }
        let admission = state.withLock { $0.breaker.admit(at: now.monotonic) }
        guard admission != .refused else {
            // Its last fault is what stands between it and the launch.
            let last = state.withLock { $0.lastFault } ?? "it kept failing"
            return .failed(PluginFault(.resting, "not asked for now, after faults in a row: \(last)"))
        }
        var answer = await call(launch, now.wall, until: deadline)
        if case .said(let interception) = answer, let garbage = judge(interception) {
            answer = .failed(PluginFault(.garbage, garbage))
        }
        let ended = clocks.now().monotonic
        state.withLock { state in
            switch answer {
            case .said:
                state.answerCount += 1
                state.breaker.ended(well: true, isProbe: admission == .probe, at: ended)
            case .failed(let fault):
                state.faultCount += 1
                state.lastFault = PluginNote.line(fault.text)
                state.breaker.ended(well: false, isProbe: admission == .probe, at: ended)
            }
        }
        return answer
    }

    private func noted(_ fault: PluginFault) -> PluginAnswer {
        state.withLock { $0.faultCount += 1 }
        return .failed(fault)
    }

    /// Ends what its plugin holds; does not wait longer than `PluginHostLimits.stopDuration`.
    func stop() async {
        await Abandonment.run(on: threads, until: PluginHostLimits.stopDuration, clocks: clocks) { [interceptor] in
            await interceptor.stop()
        }
    }

    // MARK: One call

    private func call(_ launch: LaunchView, _ now: Timestamp, until deadline: MonotonicTime) async -> PluginAnswer {
        await withCheckedContinuation { continuation in
            let (id, starts) = state.withLock { state -> (UInt64?, Bool) in
                let hasPlace = state.runningCount < plugin.concurrencyMax
                guard hasPlace || state.waiting.count < PluginHostLimits.waitingCountMax else { return (nil, false) }
                state.nextID += 1
                state.calls[state.nextID] = Call(
                    launch: launch, now: now, continuation: continuation, isRunning: hasPlace)
                if hasPlace { state.runningCount += 1 } else { state.waiting.append(state.nextID) }
                return (state.nextID, hasPlace)
            }
            guard let id else {
                return continuation.resume(
                    returning: .failed(PluginFault(.busy, "\(PluginHostLimits.waitingCountMax) questions wait for it")))
            }
            // why: the timer must go off whatever the plugin does, and it is cancelled with the answer.
            let timer = Task { [clocks, self] in
                guard (try? await clocks.sleep(until: deadline)) != nil else { return }
                giveUp(id)
            }
            let isOver = state.withLock { state in
                guard state.calls[id]?.continuation != nil else { return true }
                state.calls[id]?.timer = timer
                return false
            }
            if isOver { timer.cancel() }
            if starts { start(id, launch, now) }
        }
    }

    private func start(_ id: UInt64, _ launch: LaunchView, _ now: Timestamp) {
        // why: a child task would have to be waited for, and this one may never end.
        let task = Task(executorPreference: threads) { [interceptor, self] in
            do {
                finish(id, .said(try await interceptor.intercept(launch, at: now)))
            } catch {
                finish(id, .failed(PluginFault(.threw, "it threw \(error)")))
            }
        }
        let isGivenUp = state.withLock { state in
            guard let call = state.calls[id] else { return false }
            state.calls[id]?.task = task
            return call.continuation == nil
        }
        if isGivenUp { task.cancel() }
    }

    /// Its task ended: whoever waits is answered, and the next one in line gets the place.
    private func finish(_ id: UInt64, _ answer: PluginAnswer) {
        let (call, next) = state.withLock { state -> (Call?, (UInt64, Call)?) in
            let call = state.calls.removeValue(forKey: id)
            state.runningCount -= 1
            if call?.continuation == nil { state.hangingCount -= 1 }
            guard !state.waiting.isEmpty else { return (call, nil) }
            let next = state.waiting.removeFirst()
            state.calls[next]?.isRunning = true
            state.runningCount += 1
            return (call, state.calls[next].map { (next, $0) })
        }
        call?.timer?.cancel()
        call?.continuation?.resume(returning: answer)
        if let (id, call) = next { start(id, call.launch, call.now) }
    }

    /// Its time is over.
    private func giveUp(_ id: UInt64) {
        let call = state.withLock { state -> Call? in
            guard let call = state.calls[id], call.continuation != nil else { return nil }
            if call.isRunning {
                state.calls[id]?.continuation = nil
                state.hangingCount += 1
            } else {
                state.calls[id] = nil
                state.waiting.removeAll { $0 == id }
            }
            return call
        }
        guard let call else { return }
        call.task?.cancel()
        let fault =
            call.isRunning
            ? PluginFault(.timedOut, "it did not answer within \(plugin.budget)")
            : PluginFault(.busy, "it was busy with \(plugin.concurrencyMax) others for \(plugin.budget)")
        call.continuation?.resume(returning: .failed(fault))
    }
}

/// Runs something that may never return, and waits for it no longer than a given time.
enum Abandonment {
    /// Returns when the work is done, or its time over: then it is cancelled, and goes on without anybody waiting.
    static func run(
        on executor: any TaskExecutor, until duration: Duration, clocks: any Clocks,
        _ work: @escaping @Sendable () async -> Void
    ) async {
        let deadline = clocks.now().monotonic.advanced(by: duration)
        // why: it may never end.
        let task = Task(executorPreference: executor) { await work() }
        await wait(for: task, until: deadline, clocks: clocks)
    }

    /// Waits for a task until a time, then cancels it.
    static func wait(for task: Task<Void, Never>, until deadline: MonotonicTime, clocks: any Clocks) async {
        await withCheckedContinuation { continuation in
            let waiting = Mutex<CheckedContinuation<Void, Never>?>(continuation)
            let resume: @Sendable () -> Void = {
                waiting.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }?.resume()
            }
            // why: whichever ends first answers, and the other one may hang.
            let timer = Task {
                guard (try? await clocks.sleep(until: deadline)) != nil else { return }
                task.cancel()
                resume()
            }
            // why: the same.
            Task {
                await task.value
                timer.cancel()
                resume()
            }
        }
    }
}
