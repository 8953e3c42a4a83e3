import SluiceCore
import SluiceModel
import Testing

/// From when to when the times of a frozen schedule were missed.
@Suite struct FreezeGapTests {
    @Test(
        "R30: the gap ends where Central's own fires begin, however long its listing is on its way",
        arguments: [nil, .seconds(-1), .seconds(3600)] as [Duration?])
    func endsTheGapWhereCentralFires(next: Duration?) throws {
        var world = FreezeWorld([FreezeWorld.schedule("1")])
        world.central[0].nextFire = next.map { world.now.wall.advanced(by: $0) }
        world.freeze()
        world.settle(seconds: 5)
        world.listingDelay = .seconds(10)
        world.thaw()
        let end = try #require(world.entry("1")?.gapTo)
        let sent = try #require(world.switches.last)
        #expect(sent.isEnabled && sent.at <= end.advanced(by: .milliseconds(10)))
        #expect(end < sent.at.advanced(by: .milliseconds(10)), "not \(end.since(sent.at)) later")
    }

    @Test("R26: a thaw before the freeze was read back misses none of the times between")
    func knowsItsGapThoughItWasNotReadBack() {
        var world = FreezeWorld([FreezeWorld.schedule("1")])
        let begun = world.now.wall
        // Dies when the switch is made and not read back: recover, order, answer, list, intent, switch.
        world.crashAt = (6, true)
        world.freeze()
        #expect(world.crashCount == 1 && world.isEnabled("1") == false && world.entry("1")?.state == .intended)
        world.now = world.now.advanced(by: .seconds(90))
        world.thaw()
        world.settle()
        #expect(world.isEnabled("1") == true && world.settlements.count == 1)
        let entry = world.entry("1")
        #expect(entry?.gapFrom.map { $0 < begun.advanced(by: .seconds(1)) } == true, "\(String(describing: entry))")
        #expect(entry?.gapTo.map { $0 > begun.advanced(by: .seconds(90)) } == true)
    }
}
