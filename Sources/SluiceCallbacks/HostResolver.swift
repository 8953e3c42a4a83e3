internal import NIOPosix
public import SluiceModel

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Finds the addresses of a host.
public protocol HostResolver: Sendable {
    /// - Throws: When the name is unknown or nobody answers.
    func addresses(of host: String) async throws -> [NetworkAddress]
}

/// The system's resolver.
public struct SystemHostResolver: HostResolver {
    /// The name is unknown, or nobody answered.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public init() {}

    public func addresses(of host: String) async throws -> [NetworkAddress] {
        // It blocks for seconds when no server answers.
        try await NIOThreadPool.singleton.runIfActive { try Self.lookUp(host) }
    }

    private static func lookUp(_ host: String) throws -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { throw Failure(description: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr, let read = read(address) else { continue }
            if !found.contains(read) { found.append(read) }
        }
        return found
    }

    private static func read(_ address: UnsafeMutablePointer<sockaddr>) -> NetworkAddress? {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin_addr) { NetworkAddress(bytes: Array($0)) }
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { NetworkAddress(bytes: Array($0)) }
            }
        default: nil
        }
    }
}
