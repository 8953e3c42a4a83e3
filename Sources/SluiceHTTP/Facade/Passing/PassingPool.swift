import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The connections to Central of one event loop; touched on it alone.
final class PassingPool {
    /// Between two looks at what takes too long, and at what was idle too long.
    private static let sweepInterval: TimeAmount = .seconds(1)
    /// Tomcat closes a connection that was idle for 20 s.
    private static let keptFor: TimeAmount = .seconds(15)
    /// Calls that wait for a connection.
    private static let waiterCountMax = 10_000

    private let target: PassingClient.Target
    private let loop: any EventLoop
    /// The one that was used last is last.
    private var idle: [PassingConnection] = []
    private var busy: [ObjectIdentifier: PassingConnection] = [:]
    private var connectingCount = 0
    private var waiters: CircularBuffer<PassingExchange> = []
    private var sweeping: RepeatedTask?
    private var isClosed = false

    init(_ target: PassingClient.Target, on loop: any EventLoop) {
        self.target = target
        self.loop = loop
    }

    /// Sends it on an idle connection, on a new one, or once one is free.
    func begin(_ exchange: PassingExchange) {
        guard !isClosed else { return exchange.resume(with: .failure(HTTPClientError.alreadyShutdown)) }
        if sweeping == nil { sweep() }
        if !exchange.isFresh, let connection = idle.popLast() { return run(exchange, on: connection, isReused: true) }
        guard busy.count + connectingCount < target.connectionCountMax else {
            guard waiters.count < Self.waiterCountMax else {
                return exchange.resume(with: .failure(HTTPClientError.getConnectionFromPoolTimeout))
            }
            return waiters.append(exchange)
        }
        connect(for: exchange)
    }

    private func run(_ exchange: PassingExchange, on connection: PassingConnection, isReused: Bool) {
        busy[ObjectIdentifier(connection)] = connection
        connection.run(exchange, isReused: isReused)
    }

    private func connect(for exchange: PassingExchange) {
        connectingCount += 1
        // An idle one makes room: there may be as many as are kept.
        if busy.count + connectingCount + idle.count > target.connectionCountMax, !idle.isEmpty {
            idle.removeFirst().close()
        }
        let (tls, host) = (target.tls, target.host)
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(target.connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host))
                    }
                    try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try pipeline.addHandler(PassingConnection())
                }
            }
            .connect(host: host, port: target.port)
            .assumeIsolated()
            .whenComplete { [self] result in
                connectingCount -= 1
                do {
                    let connection = try result.get().pipeline.syncOperations.handler(type: PassingConnection.self)
                    connection.pool = self
                    guard !isClosed else {
                        connection.close()
                        return exchange.resume(with: .failure(HTTPClientError.alreadyShutdown))
                    }
                    // Its caller went away meanwhile: the next one may have it.
                    guard !exchange.isOver else {
                        idle.append(connection)
                        return beginNext()
                    }
                    run(exchange, on: connection, isReused: false)
                } catch {
                    exchange.resume(with: .failure(Self.isLate(error) ? HTTPClientError.connectTimeout : error))
                    beginNext()
                }
            }
    }

    /// Whether nobody answered in time; a host may have several addresses.
    private static func isLate(_ error: any Error) -> Bool {
        switch error {
        case ChannelError.connectTimeout: true
        case let error as NIOConnectionError: error.connectionErrors.contains { isLate($0.error) }
        default: false
        }
    }

    /// A connection has done its call.
    /// - Parameter isReusable: Whether it takes another one.
    func released(_ connection: PassingConnection, isReusable: Bool) {
        guard busy.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        guard isReusable, !isClosed else {
            connection.close()
            return beginNext()
        }
        if let index = waiters.firstIndex(where: { !$0.isFresh && !$0.isOver }) {
            return run(waiters.remove(at: index), on: connection, isReused: true)
        }
        idle.append(connection)
        beginNext()
    }

    /// A connection is gone.
    func closed(_ connection: PassingConnection) {
        if busy.removeValue(forKey: ObjectIdentifier(connection)) != nil { return beginNext() }
        idle.removeAll { $0 === connection }
    }

    private func beginNext() {
        while !isClosed, let next = waiters.popFirst() {
            if !next.isOver { return begin(next) }
        }
    }

    // MARK: Time

    private func sweep() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        sweeping = loop.scheduleRepeatedTask(initialDelay: Self.sweepInterval, delay: Self.sweepInterval) { _ in
            bound.value.look()
        }
    }

    private func look() {
        let now = NIODeadline.now()
        while let first = idle.first, now - first.activeAt > Self.keptFor { idle.removeFirst().close() }
        for connection in Array(busy.values) where now - connection.activeAt > TimeAmount(target.idleTimeout) {
            connection.fail(HTTPClientError.readTimeout)
        }
        let patience = TimeAmount(target.connectTimeout)
        while let first = waiters.first, first.isOver || now - first.begunAt > patience {
            waiters.removeFirst().resume(with: .failure(HTTPClientError.getConnectionFromPoolTimeout))
        }
        guard idle.isEmpty, busy.isEmpty, waiters.isEmpty, connectingCount == 0 else { return }
        sweeping?.cancel()
        sweeping = nil
    }

    func close() {
        isClosed = true
        sweeping?.cancel()
        for waiter in waiters { waiter.resume(with: .failure(HTTPClientError.alreadyShutdown)) }
        waiters.removeAll()
        for connection in Array(busy.values) { connection.fail(HTTPClientError.cancelled) }
        for connection in idle { connection.close() }
        idle = []
    }
}
