import KernelParameters
import KernelsWide
import Processor

/// The hot loops as compiled for one level of processors. Both levels give the same bits.
public struct HotLoops: Sendable {
    public let level: InstructionLevel
    /// See `convolveQuads`.
    public let convolveQuads: @Sendable (QuadWork) -> Void
    /// See `convolveQuadLanes`.
    public let convolveQuadLanes: @Sendable (QuadLaneWork) -> Void
    /// See `interleaveRows`.
    public let interleaveRows:
        @Sendable (
            UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer, Int
        ) -> Void

    /// See `convolveWindow`.
    public let convolveWindow: @Sendable (FloatWindowWork) -> Void
    /// See `convolveByteWindow`.
    public let convolveByteWindow: @Sendable (FloatWindowWork) -> Void
    /// See `convolveColumn`.
    public let convolveColumn: @Sendable (MirroredColumnWork) -> Void
    /// See `convolveByteColumn`.
    public let convolveByteColumn: @Sendable (MirroredColumnWork) -> Void
    /// See `convolveRow`.
    public let convolveRow: @Sendable (FloatRowWork, UnsafeMutablePointer<Float>) -> Void
    /// See `convolveRow`.
    public let convolveRowToBytes: @Sendable (FloatRowWork, UnsafeMutablePointer<UInt8>) -> Void

    /// See `addToBoxColumns`.
    public let addToBoxColumns: @Sendable (UnsafeMutablePointer<UInt16>, UnsafePointer<UInt8>, Int) -> Void
    /// See `sumBox`.
    public let sumBox: @Sendable (BoxWork, UnsafeMutablePointer<UInt16>) -> Void
    /// See `sumBox`.
    public let divideBox: @Sendable (BoxWork, ShortDivision, UnsafeMutablePointer<UInt8>) -> Void

    /// See `transform`.
    public let transform: @Sendable (TransformWork) -> Void
    /// See `transformBack`.
    public let transformBack: @Sendable (TransformWork) -> Void
    /// See `multiplySpectra`.
    public let multiplySpectra: @Sendable (SpectralProductWork) -> Void
    /// Rows of results that `multiplySpectra` computes at once.
    public let spectralResults: Int

    /// See `sumByteWindow`.
    public let sumByteWindow: @Sendable (ShortWindowWork, ShortWindowWeights) -> Void
    /// See `sumShortWindow`.
    public let sumShortWindow: @Sendable (ShortWindowWork, ShortWindowWeights) -> Void
    /// See `sumByteWindow`.
    public let finishByteWindow: @Sendable (ShortWindowWork, ShortWindowWeights, ShortEnd) -> Void
    /// See `sumShortWindow`.
    public let finishShortWindow: @Sendable (ShortWindowWork, ShortWindowWeights, ShortEnd) -> Void

    /// Those for the processor at hand.
    public static let current = at(.current)

    public static func at(_ level: InstructionLevel) -> HotLoops {
        switch level {
        case .baseline: baseline
        case .wide: wide
        }
    }

    static let baseline = HotLoops(
        level: .baseline,
        convolveQuads: { Kernels.convolveQuads($0) },
        convolveQuadLanes: { Kernels.convolveQuadLanes($0) },
        interleaveRows: { Kernels.interleaveRows($0, $1, $2, $3, to: $4, count: $5) },
        convolveWindow: { Kernels.convolveWindow($0) },
        convolveByteWindow: { Kernels.convolveByteWindow($0) },
        convolveColumn: { Kernels.convolveColumn($0) },
        convolveByteColumn: { Kernels.convolveByteColumn($0) },
        convolveRow: { Kernels.convolveRow($0, to: $1) },
        convolveRowToBytes: { Kernels.convolveRow($0, toBytes: $1) },
        addToBoxColumns: { Kernels.addToBoxColumns($0, $1, count: $2) },
        sumBox: { Kernels.sumBox($0, to: $1) },
        divideBox: { Kernels.sumBox($0, dividedBy: $1, to: $2) },
        transform: { Kernels.transform($0) },
        transformBack: { Kernels.transformBack($0) },
        multiplySpectra: { Kernels.multiplySpectra($0) },
        spectralResults: Kernels.spectralResults,
        sumByteWindow: { Kernels.sumByteWindow($0, $1) },
        sumShortWindow: { Kernels.sumShortWindow($0, $1) },
        finishByteWindow: { Kernels.sumByteWindow($0, $1, to: $2) },
        finishShortWindow: { Kernels.sumShortWindow($0, $1, to: $2) })

    static let wide = HotLoops(
        level: .wide,
        convolveQuads: { KernelsWide.convolveQuads($0) },
        convolveQuadLanes: { KernelsWide.convolveQuadLanes($0) },
        interleaveRows: { KernelsWide.interleaveRows($0, $1, $2, $3, to: $4, count: $5) },
        convolveWindow: { KernelsWide.convolveWindow($0) },
        convolveByteWindow: { KernelsWide.convolveByteWindow($0) },
        convolveColumn: { KernelsWide.convolveColumn($0) },
        convolveByteColumn: { KernelsWide.convolveByteColumn($0) },
        convolveRow: { KernelsWide.convolveRow($0, to: $1) },
        convolveRowToBytes: { KernelsWide.convolveRow($0, toBytes: $1) },
        addToBoxColumns: { KernelsWide.addToBoxColumns($0, $1, count: $2) },
        sumBox: { KernelsWide.sumBox($0, to: $1) },
        divideBox: { KernelsWide.sumBox($0, dividedBy: $1, to: $2) },
        transform: { KernelsWide.transform($0) },
        transformBack: { KernelsWide.transformBack($0) },
        multiplySpectra: { KernelsWide.multiplySpectra($0) },
        spectralResults: KernelsWide.spectralResults,
        sumByteWindow: { KernelsWide.sumByteWindow($0, $1) },
        sumShortWindow: { KernelsWide.sumShortWindow($0, $1) },
        finishByteWindow: { KernelsWide.sumByteWindow($0, $1, to: $2) },
        finishShortWindow: { KernelsWide.sumShortWindow($0, $1, to: $2) })
}
