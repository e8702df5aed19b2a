import Dataflow
import Operations
import Raster
import Specification

extension Graph {
    /// A picture as a network takes it, at the place that the network's card gives it.
    mutating func networkInput(
        _ picture: FieldID, of network: PictureNetwork, _ context: LoweringContext
    ) -> (field: FieldID, geometry: InputGeometry) {
        let geometry = network.geometry(for: format(of: picture).size)
        let field = networkInput(picture, geometry, network.card.input, isGray: network.isGray, context)
        return (field, geometry)
    }

    /// A picture as a network takes it, but for the order of its channels and the scale of its samples: float32, 0…255,
    /// gray or with three colours, of the input's size.
    ///
    /// All of it streams: of a large picture no more than the input is ever in memory.
    public mutating func networkInput(
        _ picture: FieldID, _ geometry: InputGeometry, _ card: ModelCard.Input, isGray: Bool,
        _ context: LoweringContext
    ) -> FieldID {
        var field = picture
        if format(of: field).hasAlpha {
            field = flattened(field, onto: (card.background.red, card.background.green, card.background.blue))
        }
        if isGray { field = luma(of: field, context) }
        let columns = ResampleAxis(input: geometry.picture.width, output: geometry.resized.width)
        let rows = ResampleAxis(input: geometry.picture.height, output: geometry.resized.height)
        if !columns.isIdentity || !rows.isIdentity {
            field = resampled(field, columns: columns, rows: rows, card.filter)
        }
        field = real(field)
        guard geometry.resized != geometry.input || geometry.offset != (0, 0) else { return field }
        var output = format(of: field)
        output.size = geometry.input
        output.bounds = min(0, output.bounds.lowerBound)...max(255, output.bounds.upperBound)
        let rgb = [Float(card.fill.red), Float(card.fill.green), Float(card.fill.blue)]
        return add(
            PlaceRows(
                input: geometry.resized, output: output, offset: geometry.offset,
                fill: output.channels == 3 ? rgb : [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]]),
            [field])
    }
}
