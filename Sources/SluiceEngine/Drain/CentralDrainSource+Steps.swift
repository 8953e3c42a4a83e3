import SluiceCore
import SluiceModel
import SluicePorts

extension CentralDrainSource {
    /// Asks those that run longest for the steps that they have logged.
    func countSteps(_ items: [DrainItem], _ look: inout Look) async -> [DrainItem] {
        let now = clocks.now().monotonic
        let running = items.indices.filter { items[$0].standing == .running && !items[$0].isExempt }
        let longest = running.sorted {
            (items[$0].startedAt ?? .zero, items[$0].id) < (items[$1].startedAt ?? .zero, items[$1].id)
        }.prefix(DrainWatchLimits.steppedCountMax)
        let asked = look.memory.steppedAt
        let due = longest.filter { index in
            asked[ExecutionID(items[index].id.text)].map { now.since($0) >= DrainWatchLimits.stepInterval } ?? true
        }.sorted {
            let times = (asked[ExecutionID(items[$0].id.text)], asked[ExecutionID(items[$1].id.text)])
            return (times.0?.nanoseconds ?? .min, $0) < (times.1?.nanoseconds ?? .min, $1)
        }.prefix(DrainWatchLimits.stepCallCountMax)
        var items = items
        var steppedAt: [ExecutionID: MonotonicTime] = [:]
        for index in longest {
            let id = ExecutionID(items[index].id.text)
            steppedAt[id] = asked[id]
        }
        do {
            for index in due {
                let id = ExecutionID(items[index].id.text)
                steppedAt[id] = now
                do {
                    items[index].stepCount = try await central.stepCount(of: id)
                } catch let error as CentralError where error.code == .missing {
                    // It has just ended, or this Central does not count steps: the next look tells, or nobody.
                    continue
                }
            }
        } catch {
            look.notes.append("steps could not be counted, so slow is not told from stuck: \(error)")
        }
        look.memory.steppedAt = steppedAt
        return items
    }
}
