<?php
/**
 * WordPress and WooCommerce: put this into a small plugin or your theme's functions.php.
 *
 * The tag stands on every page; the page that thanks for an order reports it. The order number makes it count once,
 * however often the customer reloads that page.
 */

const SOJOURN_ENDPOINT = 'https://stats.shop.example';
const SOJOURN_SITE     = 'shop';

add_action('wp_head', function () {
    printf(
        '<script>window.sojourn ||= (...call) => { (sojourn.q ||= []).push(call) }</script>' .
        '<script defer src="%s/sojourn.js" data-site="%s"></script>',
        esc_url(SOJOURN_ENDPOINT),
        esc_attr(SOJOURN_SITE)
    );
});

add_action('woocommerce_thankyou', function ($order_id) {
    $order = wc_get_order($order_id);
    if (!$order || $order->has_status('failed')) {
        return;
    }
    $items = [];
    foreach ($order->get_items() as $item) {
        $product = $item->get_product();
        $items[] = [
            'id'       => (string) ($product && $product->get_sku() ? $product->get_sku() : $item->get_product_id()),
            'name'     => $item->get_name(),
            'price'    => wc_format_decimal($order->get_item_total($item), 2),
            'quantity' => (int) $item->get_quantity(),
        ];
    }
    $purchase = [
        'order'    => (string) $order->get_order_number(),
        'value'    => wc_format_decimal($order->get_total(), 2),
        'tax'      => wc_format_decimal($order->get_total_tax(), 2),
        'shipping' => wc_format_decimal($order->get_shipping_total(), 2),
        'currency' => $order->get_currency(),
        'items'    => array_slice($items, 0, 50),
    ];
    // JSON_HEX_TAG keeps a product's name from ending the script.
    printf('<script>sojourn("purchase", %s)</script>', wp_json_encode($purchase, JSON_HEX_TAG | JSON_HEX_AMP));
});
