/// Convolution of each channel with a kernel of its own, on blocked planes, with zeros around the input.
public struct DepthwiseConvolution: Sendable {
    public let inputHeight: Int
    public let inputWidth: Int
    public let height: Int
    public let width: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let strideY: Int
    public let strideX: Int
    public let dilationY: Int
    public let dilationX: Int
    public let top: Int
    public let left: Int

    public init(
        input: (height: Int, width: Int), output: (height: Int, width: Int), kernel: (height: Int, width: Int),
        stride: (y: Int, x: Int), dilation: (y: Int, x: Int), top: Int, left: Int
    ) {
        (inputHeight, inputWidth) = input
        (height, width) = output
        (kernelHeight, kernelWidth) = kernel
        (strideY, strideX) = stride
        (dilationY, dilationX) = dilation
        self.top = top
        self.left = left
    }
}
