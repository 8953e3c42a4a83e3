import ArgumentParser
import SluiceContent

#if canImport(Glibc)
    import Glibc
#endif

/// Reads a content pack with the whole graph of each flow, or gates it.
struct PacksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packs",
        abstract: "Read a content pack, every flow with its whole graph, or gate it; say what it took.")

    @Argument(help: "The pack: a folder or a jar.")
    var path: String

    @Option(help: "Threads that read.")
    var threads = 1

    @Option(help: "Gate the pack, and write it here.")
    var gate: String?

    func run() async throws {
        var limits = ContentLimits()
        limits.threadCountMax = threads
        let before = try ProcessUsage.now()
        let start = ContinuousClock.now
        let count = try gate.map { try gateFlows(limits, to: $0) } ?? readSteps(limits)
        let wall = start.duration(to: .now).inSeconds
        let cpu = try ProcessUsage.now().cpu.inSeconds - before.cpu.inSeconds
        print(
            #"{"count":\#(count),"wallSeconds":\#(wall),"cpuSeconds":\#(cpu),"peakMB":\#(Self.peakMegabytes())}"#)
    }

    /// Steps of all flows.
    private func readSteps(_ limits: ContentLimits) throws -> Int {
        var count = 0
        let pack = ContentPackReader(limits: limits).documents(path: path) { count += $0.allSteps.count }
        guard !pack.hasErrors else { throw BenchError("\(path) does not read") }
        return count
    }

    /// Flows that were gated.
    private func gateFlows(_ limits: ContentLimits, to output: String) throws -> Int {
        let report = PackGating(limits: limits).gate(path: path, output: output, options: .init())
        guard !report.hasErrors else { throw BenchError("\(path) cannot be gated") }
        return report.changes.count
    }

    private static func peakMegabytes() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }
}
