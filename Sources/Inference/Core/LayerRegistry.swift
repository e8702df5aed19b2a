/// Every operator that this program has. Adding one is a file in `Layers` and a line here.
enum LayerRegistry {
    static let layers: [any Layer.Type] = [
        Abs.self, Add.self, And.self, ArgMax.self, ArgMin.self, AveragePool.self, BatchNormalization.self,
        Cast.self, Ceil.self, Celu.self, Clip.self, Concat.self, Constant.self, ConstantOfShape.self, Conv.self,
        ConvTranspose.self, Cos.self, CumSum.self, DepthToSpace.self, DequantizeLinear.self, Div.self,
        Dropout.self, Elu.self, Equal.self, Erf.self, Exp.self, Expand.self, Flatten.self, Floor.self,
        Gather.self, GatherElements.self, GatherND.self, Gelu.self, Gemm.self, GlobalAveragePool.self,
        GlobalMaxPool.self, Greater.self, GreaterOrEqual.self, HardSigmoid.self, HardSwish.self, Hardmax.self,
        Identity.self, InstanceNormalization.self, LRN.self, LayerNormalization.self, LeakyRelu.self, Less.self,
        LessOrEqual.self, Log.self, LogSoftmax.self, LpNormalization.self, MatMul.self, Max.self, MaxPool.self,
        Mean.self, MeanVarianceNormalization.self, Min.self, Mish.self, Mod.self, Mul.self, Neg.self,
        NonMaxSuppression.self, NonZero.self, Not.self, Or.self, PRelu.self, Pad.self, Pow.self,
        QuantizeLinear.self, RangeLayer.self, Reciprocal.self, ReduceL1.self, ReduceL2.self, ReduceLogSum.self,
        ReduceLogSumExp.self, ReduceMax.self, ReduceMean.self, ReduceMin.self, ReduceProd.self, ReduceSum.self,
        ReduceSumSquare.self, Relu.self, Reshape.self, Resize.self, Round.self, ScatterND.self, Selu.self,
        Shape.self, Sigmoid.self, Sign.self, Sin.self, Size.self, SliceLayer.self, Softmax.self, Softplus.self,
        Softsign.self, SpaceToDepth.self, Split.self, Sqrt.self, Squeeze.self, Sub.self, Sum.self, Tanh.self,
        ThresholdedRelu.self, Tile.self, TopK.self, Transpose.self, Trilu.self, Unsqueeze.self, Upsample.self,
        Where.self, Xor.self,
    ]

    static let byName: [String: any Layer.Type] = Dictionary(
        uniqueKeysWithValues: layers.map { ($0.operatorName, $0) })
}
