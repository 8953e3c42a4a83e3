import CoreMetrics
import Logging
import SluiceModel
import SluicePorts

/// What every part of an engine may be made from.
struct EngineBasis: Sendable {
    let configuration: EngineConfiguration
    let store: any Store
    let central: (any CentralClient)?
    let sealer: any Sealer
    let clocks: any Clocks
    let minter: Minter
    let fence: FenceSource
    let packs: PackShelf
    let watchers: HoldWatchers
    let links: EngineLinks
    let logger: Logger
    let metrics: EngineMetrics
    let metricsFactory: any MetricsFactory

    /// Passes on what was committed.
    func announce(_ changes: [Change]) {
        CommitNews.announce(changes, to: links.releaser.value, watchers: watchers, store: store)
    }
}
