import Operations
import Specification

/// A step that runs a network.
public protocol NetworkOperation: StepOperation {
    /// Reads the keys and loads the network; faults are recorded in the reader, and the value is then not used.
    init(_ reader: inout ParameterReader, _ networks: NetworkLoader)

    /// Nil after a fault.
    var network: PictureNetwork? { get }
}

extension NetworkOperation {
    public var files: [FileStamp] { network?.files ?? [] }
    public var kept: [ObjectIdentifier: Int] {
        network.map { [$0.network.weightsIdentity: $0.network.weightByteCount] } ?? [:]
    }
    /// What a network finds goes to the record.
    public static var findsSomething: Bool { true }
}

/// Every step that runs a network, in the order of the reference.
public enum NetworkRegistry {
    public static let operations: [any NetworkOperation.Type] = [
        Classify.self, Localize.self, Detect.self, Segment.self, Restyle.self, Features.self,
    ]
}
