<?php
/**
 * WooCommerce: keeps the visitor id with the order, where the connector looks for it. Beside woocommerce.php; for classic
 * and block checkout alike.
 *
 * The tag needs data-cookie-domain, so that the server sees the visitor. There is no such cookie without consent, and
 * then nothing is kept.
 */

const SOJOURN_VISITOR_META = '_wc_order_attribution_sojourn_visitor';

function sojourn_keep_visitor($order) {
    $visitor = isset($_COOKIE['sj_v']) ? sanitize_text_field(wp_unslash($_COOKIE['sj_v'])) : '';
    if (preg_match('/^[\w-]{8,64}$/', $visitor)) {
        $order->update_meta_data(SOJOURN_VISITOR_META, $visitor);
    }
}
add_action('woocommerce_checkout_create_order', 'sojourn_keep_visitor');
add_action('woocommerce_store_api_checkout_update_order_meta', function ($order) {
    sojourn_keep_visitor($order);
    $order->save();
});

// WooCommerce's own order attribution then shows it among its fields. Names are keys; the value says where its script
// looks, and there is nothing to find there: the cookie was read above.
add_filter('wc_order_attribution_tracking_fields', function ($fields) {
    $fields['sojourn_visitor'] = 'sojourn.visitor';
    return $fields;
});
