import Codecs
import Dataflow
import Operations
import Raster

/// Everything that the decoder of a file can give, as sources of a graph. What no step reads is not decoded.
struct DecoderSources {
    /// The picture, upright where that is wanted.
    let picture: FieldID
    /// What is asked of the decoder, for each source of the graph.
    private(set) var requests: [DecodeRequest]

    init(_ traits: PictureTraits, exif: Int, into graph: inout Graph, _ context: inout LoweringContext) {
        let full = graph.source(FieldFormat(size: traits.size, layout: traits.layout, decoded: traits.sampleType))
        requests = [DecodeRequest()]
        picture = graph.oriented(full, exif: exif)
        guard traits.format == .jpeg else { return }
        addReduced(of: picture, DecodeRequest(), traits, exif, &graph, &context)
        guard traits.hasLumaPlane, traits.layout == .rgb else { return }
        let luma = graph.source(FieldFormat(size: traits.size, layout: .gray, decoded: .uint8))
        let request = DecodeRequest(lumaOnly: true)
        requests.append(request)
        let plane = graph.oriented(luma, exif: exif)
        context.lumaPlane = (of: picture, plane: plane)
        addReduced(of: plane, request, traits, exif, &graph, &context)
    }

    private mutating func addReduced(
        of field: FieldID, _ request: DecodeRequest, _ traits: PictureTraits, _ exif: Int, _ graph: inout Graph,
        _ context: inout LoweringContext
    ) {
        let layout = request.lumaOnly ? .gray : traits.layout
        context.reduced[field] = [2, 4, 8].map { denominator in
            var request = request
            request.scaleDenominator = denominator
            requests.append(request)
            let size = ReducedPicture.size(traits.size, denominator: denominator)
            let source = graph.source(FieldFormat(size: size, layout: layout, decoded: traits.sampleType))
            return ReducedPicture(source, denominator: denominator, of: traits.size, exif: exif, into: &graph)
        }
    }
}
