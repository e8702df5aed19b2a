/// How one sample is stored.
public enum SampleType: String, Sendable, CaseIterable {
    case uint8, uint16, int16, int32, float32

    /// Bytes for one sample.
    public var byteCount: Int {
        switch self {
        case .uint8: 1
        case .uint16, .int16: 2
        case .int32, .float32: 4
        }
    }

    public var isInteger: Bool { self != .float32 }
}
