/// Convolution with stride 1 from padded planes to few planes, as networks end that make pictures.
///
/// Blocks of sixteen output channels would be mostly empty; here three output planes times 32 or 64 neighbouring pixels
/// stay in registers, and every input is read once for all three.
public struct FewOutputsConvolution: Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    /// Elements from one padded row, and one padded plane, to the next.
    public let row: Int
    public let plane: Int
    public let dilationY: Int
    public let dilationX: Int

    /// Up to three output planes; the missing ones are nil and their weights zero.
    public typealias Outputs = (
        UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    )

    /// Output planes that are computed together.
    public static let outputs = 3
    /// The narrowest output that is computed so.
    public static let leastWidth = 32

    public init(
        height: Int, width: Int, channels: Int, kernel: (height: Int, width: Int), row: Int, plane: Int,
        dilation: (y: Int, x: Int)
    ) {
        self.height = height
        self.width = width
        self.channels = channels
        (kernelHeight, kernelWidth) = kernel
        self.row = row
        self.plane = plane
        (dilationY, dilationX) = dilation
    }

    /// Elements of the packed weights of three outputs: channel, place of the kernel, output.
    public var packedCount: Int { channels * kernelHeight * kernelWidth * Self.outputs }
}
