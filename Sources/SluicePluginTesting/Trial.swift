import SluicePluginKit
import Synchronization

/// Asks one interceptor, and does not wait for ever.
struct Trial: Sendable {
    let interceptor: any LaunchInterceptor
    let now: Timestamp
    let limit: Duration

    /// What it said, in a comparable form; to throw is to say something, too.
    enum Saying: Hashable, Sendable {
        case said(Interception)
        case threw(String)
    }

    func ask(_ launch: LaunchRequest) async throws -> Saying {
        let view = LaunchView(launch, principal: Principal("conformance"))
        let task = task(view)
        guard let saying = await first(of: task) else {
            task.cancel()
            throw InterceptorConformance.Violation(description: "no answer within \(limit)")
        }
        return saying
    }

    func askAndCancel(_ launch: LaunchRequest) async throws {
        let task = task(LaunchView(launch, principal: Principal("conformance")))
        task.cancel()
        guard await first(of: task) != nil else {
            throw InterceptorConformance.Violation(description: "a cancelled question did not end within \(limit)")
        }
    }

    private func task(_ view: LaunchView) -> Task<Saying, Never> {
        // why: what hangs must not hang its check, so nobody waits for its end.
        Task {
            do {
                return .said(try await interceptor.intercept(view, at: now))
            } catch {
                return .threw("\(error)")
            }
        }
    }

    /// What the task said; nil when it took too long.
    private func first(of task: Task<Saying, Never>) async -> Saying? {
        await withCheckedContinuation { continuation in
            let once = Mutex<CheckedContinuation<Saying?, Never>?>(continuation)
            let resume: @Sendable (Saying?) -> Void = { saying in
                once.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }?.resume(returning: saying)
            }
            // why: whichever ends first answers, and the other one may hang.
            let watch = Task {
                try? await Task.sleep(for: limit)
                resume(nil)
            }
            // why: the same.
            Task {
                resume(await task.value)
                watch.cancel()
            }
        }
    }
}
